/** Small helpers about time. No vscode here. */

/** `work` as a function whose calls wait for each other, in order; a call that fails does not stop the next. */
export function oneAtATime<A extends unknown[], R>(work: (...args: A) => Promise<R>): (...args: A) => Promise<R> {
  let last: Promise<unknown> = Promise.resolve();
  return (...args) => {
    const mine = last.then(() => work(...args));
    last = mine.catch(() => undefined);
    return mine;
  };
}

/**
 * Runs `work` for the newest value only: after `quiet` milliseconds without another, and `show` gets the result unless
 * a newer value came meanwhile.
 */
export function newest<V, R>(quiet: number, work: (value: V) => Promise<R>, show: (result: R, value: V) => void): (value: V) => void {
  let turn = 0;
  return (value) => {
    const mine = ++turn;
    setTimeout(async () => {
      if (mine !== turn) {
        return;
      }
      const result = await work(value);
      if (mine === turn) {
        show(result, value);
      }
    }, quiet);
  };
}
