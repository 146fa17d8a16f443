/** What the program that serves a guest's screen tells, one JSON object in a line (docs/protocol.md). No vscode here. */

export type ScreenEvent =
  | { event: "ready"; ws: string; label: string }
  | { event: "lost"; message: string }
  | { event: "end"; message: string; exitStatus: number };

/** A reader of output in whatever pieces it comes; lines that are no event of ours are passed over. */
export function eventReader(take: (event: ScreenEvent) => void): (piece: string) => void {
  let rest = "";
  return (piece) => {
    const lines = (rest + piece).split("\n");
    rest = lines.pop() ?? "";
    lines.map(read).forEach((event) => event !== undefined && take(event));
  };
}

function read(line: string): ScreenEvent | undefined {
  try {
    const found = JSON.parse(line) as Partial<ScreenEvent> | null;
    return ["ready", "lost", "end"].includes(found?.event ?? "") ? (found as ScreenEvent) : undefined;
  } catch {
    return undefined;
  }
}
