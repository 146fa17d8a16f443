// Programs on PATH, restarts, and work that waits its turn.
import assert from "node:assert/strict";
import test from "node:test";
import { findProgram, isExecutable, mayRestart } from "../src/program";
import { newest, oneAtATime } from "../src/queue";
import { makeWatch } from "../src/watch";

/** Everything that could go on without a new event has done so. */
const settled = (): Promise<unknown> => new Promise((resolve) => setImmediate(resolve));

const only = (...paths: string[]) => (path: string): boolean => paths.includes(path);

test("a bare name is looked up on PATH in order, then where pipx installs", () => {
  assert.equal(findProgram("ctys-ls", "/a:/b", "/home/acue", only("/b/ctys-ls", "/a/ctys-ls")), "/a/ctys-ls");
  assert.equal(findProgram("ctys-ls", "/a", "/home/acue", only("/home/acue/.local/bin/ctys-ls")), "/home/acue/.local/bin/ctys-ls");
  assert.equal(findProgram("ctys-ls", "/a", "/home/acue", only()), undefined);
});

test("a full path is taken as it is, and relative folders are never searched", () => {
  assert.equal(findProgram("/opt/ctys-ls", "/a", "/h", only("/opt/ctys-ls")), "/opt/ctys-ls");
  assert.equal(findProgram("~/bin/ctys-ls", "/a", "/h", only("/h/bin/ctys-ls")), "/h/bin/ctys-ls");
  assert.equal(findProgram("/opt/none", "/a", "/h", only("/a/none")), undefined);
  assert.equal(findProgram("ctys-ls", ".:bin::", "/h", (path) => !path.startsWith("/h/")), undefined);
  assert.equal(findProgram("bin/ctys-ls", "/a", "/h", () => true), undefined);
  assert.equal(findProgram("", "/a", "/h", () => true), undefined);
});

test("a folder or a plain file is no program", () => {
  assert.ok(isExecutable(process.execPath));
  assert.ok(!isExecutable("/"));
  assert.ok(!isExecutable("package.json"));
});

test("a server that dies is started again three times within three minutes, then no more", () => {
  const minute = 60_000;
  assert.ok(mayRestart([0, minute, 2 * minute], 2 * minute));
  assert.ok(!mayRestart([0, 1, 2, 3], 3));
  assert.ok(mayRestart([0, 1, 2, 4 * minute], 4 * minute));
});

test("questions wait for each other, in order, also after one has failed", async () => {
  const log: string[] = [];
  const release: (() => void)[] = [];
  const ask = oneAtATime(async (name: string) => {
    log.push(`asked ${name}`);
    await new Promise<void>((resolve) => release.push(resolve));
    if (name === "b") {
      throw new Error("closed");
    }
    return name;
  });
  const [a, b, c] = [ask("a"), ask("b"), ask("c")];
  await settled();
  assert.deepEqual(log, ["asked a"]);
  release[0]?.();
  assert.equal(await a, "a");
  await settled();
  const refused = assert.rejects(b, /closed/);
  release[1]?.();
  await refused;
  await settled();
  release[2]?.();
  assert.equal(await c, "c");
  assert.deepEqual(log, ["asked a", "asked b", "asked c"]);
});

test("only the newest value is worked on, and a late answer to an old one is dropped", async (context) => {
  context.mock.timers.enable({ apis: ["setTimeout"] });
  const asked: string[] = [];
  const shown: string[] = [];
  const answers = new Map<string, (text: string) => void>();
  const type = newest(
    60,
    (line: string) => {
      asked.push(line);
      return new Promise<string>((resolve) => answers.set(line, resolve));
    },
    (result) => shown.push(result),
  );
  type("c");
  type("ct");
  context.mock.timers.tick(60);
  assert.deepEqual(asked, ["ct"]);
  type("cty");
  context.mock.timers.tick(60);
  answers.get("ct")?.("late");
  answers.get("cty")?.("fresh");
  await settled();
  assert.deepEqual(asked, ["ct", "cty"]);
  assert.deepEqual(shown, ["fresh"]);
});

test("the server is asked to watch while anybody looks, and told when the last one stops", async () => {
  const sent: string[] = [];
  const watch = makeWatch({
    call: async (_command, argument) => {
      sent.push((argument as { action: string }).action);
      return { revision: 1, columns: [], hosts: [], rows: [] } as never;
    },
  });
  await watch.begin("subscribe");
  await watch.begin("refresh");
  watch.end();
  assert.deepEqual(sent, ["subscribe", "refresh"]);
  watch.end();
  assert.deepEqual(sent, ["subscribe", "refresh", "unsubscribe"]);
});
