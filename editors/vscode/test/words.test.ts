// Command lines, consoles and jobs as values and words.
import assert from "node:assert/strict";
import test from "node:test";
import { lineAround } from "../src/commandline";
import { completed, lineItems, remember } from "../src/lineitems";
import type { Completions, ConsoleReady, Job, Trouble } from "../src/lsp";
import { panes } from "../src/panes";
import { panelHtml } from "../src/panelhtml";
import { endLines, failure, troubleText } from "../src/report";

const page = ["# two guests", "ctys -t xen -- '(-Z KSU)' \\", "  lab00'( -a create=l:tst100 )' \\  ", "  lab00'( -a create=l:tst101 )'", "", "$ ctys -a list lab00"];

test("the line at the cursor is joined with its continuations, wherever the cursor stands in it", () => {
  const whole = "ctys -t xen -- '(-Z KSU)' lab00'( -a create=l:tst100 )' lab00'( -a create=l:tst101 )'";
  assert.deepEqual([1, 2, 3].map((at) => lineAround(page, at)), [whole, whole, whole]);
  assert.equal(lineAround(page, 5), "ctys -a list lab00");
});

test("comments, blank lines and lines beyond the end are no command line", () => {
  assert.deepEqual([0, 4, 99].map((at) => lineAround(page, at)), ["", "", ""]);
  assert.equal(lineAround(["ctys -a list \\"], 0), "ctys -a list");
});

const answer: Completions = {
  start: 8,
  end: 10,
  choices: [{ label: "create", insert: "create=", detail: "start a guest", kind: "action" }],
  problems: [],
  fixes: [],
};

test("a choice replaces the part of the line that the server named", () => {
  const choice = answer.choices[0];
  assert.ok(choice);
  assert.equal(completed("ctys -a cr lab00", answer, choice), "ctys -a create= lab00");
});

test("the typed line comes first and is what Enter takes; completions follow", () => {
  const [first, second, ...rest] = lineItems("run", "ctys -a cr", answer, ["old"]);
  assert.deepEqual([first?.accept, first?.line], [true, "ctys -a cr"]);
  assert.deepEqual([second?.accept, second?.line], [false, "ctys -a create="]);
  assert.deepEqual(rest, []);
});

test("what is typed already narrows the choices: beginnings first, whatever the case", () => {
  const choices = ["LABEL:", "XCONSOLE", "CONSOLE:"].map((label) => ({ label, insert: label, detail: "", kind: "" }));
  const labels = lineItems("run", "x,cons", { start: 2, end: 6, choices, problems: [], fixes: [] }, []).map(({ label }) => label);
  assert.deepEqual(labels.slice(1), ["CONSOLE:", "XCONSOLE"]);
});

test("fixes of the line stand between it and the completions", () => {
  const fixes = [{ title: "Choose f:a.conf", line: "ctys -a create=f:a.conf" }];
  const items = lineItems("run", "ctys -a cr", { ...answer, fixes }, []);
  assert.deepEqual(items.map(({ accept, line }) => [accept, line]), [
    [true, "ctys -a cr"],
    [false, "ctys -a create=f:a.conf"],
    [false, "ctys -a create="],
  ]);
});

test("before anything is typed the history is offered, and nothing can be run", () => {
  const items = lineItems("run", "  ", undefined, ["ctys -a list lab00"]);
  assert.deepEqual(items.map(({ accept, line }) => [accept, line]), [[false, "ctys -a list lab00"]]);
});

test("errors and warnings stand at the line, hints do not", () => {
  const problems = [
    { code: "ctys.x", severity: 1 as const, message: "No such host." },
    { code: "ctys.y", severity: 4 as const, message: "Quiet." },
  ];
  const [first] = lineItems("plan", "ctys x", { ...answer, problems }, []);
  assert.match(first?.detail ?? "", /No such host\./);
  assert.doesNotMatch(first?.detail ?? "", /Quiet/);
});

test("the history holds each line once, the newest first, and no more than its limit", () => {
  assert.deepEqual(remember(["b", "a"], " a "), ["a", "b"]);
  assert.deepEqual(remember(["b", "a"], "c", 2), ["c", "b"]);
});

const ready: ConsoleReady = {
  job: "1",
  session: "lab00/tst100",
  kind: "EMACSM",
  host: "lab00",
  label: "tst100",
  argv: ["ctys-ls", "console", "lab00/tst 100"],
  pageArgv: [],
  window: false,
  shellArgv: ["ssh", "-t", "lab00"],
  guestBuffer: "tst100",
  hostBuffer: "lab00",
  env: { CTYS_SSH_CONFIG: "/x" },
};

test("the kinds with M have the guest and beside it a shell on the host, under the documented names", () => {
  for (const kind of ["EMACSM", "EMACSAM"]) {
    assert.deepEqual(panes({ ...ready, kind }), [
      { name: "*tst100*", program: "ctys-ls", args: ["console", "lab00/tst 100"], env: { CTYS_SSH_CONFIG: "/x" } },
      { name: "*lab00*", program: "ssh", args: ["-t", "lab00"], env: { CTYS_SSH_CONFIG: "/x" } },
    ]);
  }
});

test("the other kinds have the guest only", () => {
  for (const kind of ["CLI", "XTERM", "EMACS", "EMACSA"]) {
    assert.deepEqual(panes({ ...ready, kind }).map((pane) => pane?.name), ["*tst100*"]);
  }
  assert.equal(panes({ ...ready, shellArgv: [] }).length, 1);
  assert.throws(() => panes({ ...ready, argv: [] }), /\*tst100\*/);
});

const trouble: Trouble = {
  code: "refused",
  host: "lab01",
  act: "connecting with ssh",
  words: "Connection refused",
  cure: "Is sshd running there?",
  choices: [],
};
const job: Job = {
  job: "1",
  kind: "end",
  title: "create tst100, tst101",
  command: "ctys …",
  state: "failed",
  exitStatus: 1,
  text: "",
  targets: [
    { host: "lab00", ok: true, state: "running", text: "", ran: ["ksu -q -e xl create /x.conf"] },
    { host: "lab01", ok: false, state: "unknown", text: "", ran: [], trouble },
  ],
};

test("a failure names host, act, the tool's words and the cure, and what went well", () => {
  assert.equal(troubleText(trouble), "lab01: connecting with ssh: Connection refused. Is sshd running there?");
  assert.equal(failure(job), "lab01: connecting with ssh: Connection refused. Is sshd running there? 1 of 2 went well.");
  assert.match(troubleText({ ...trouble, choices: ["p:/a.conf", "p:/b.conf"] }), /Candidates: p:\/a\.conf, p:\/b\.conf\.$/);
});

test("a failure without a reason still says something", () => {
  assert.match(failure({ ...job, targets: [] }), /create tst100, tst101 failed/);
});

test("the output has the exact commands per host, and what is now", () => {
  const lines = endLines(job).join("\n");
  assert.match(lines, /lab00\$ ksu -q -e xl create \/x\.conf/);
  assert.match(lines, /= state on lab00: running/);
  assert.match(lines, /! lab01: connecting/);
  assert.match(lines, /failed, exit status 1/);
});

test("the panel loads its own script and style only, by a nonce that is never the same", () => {
  const one = panelHtml("https://own", "script.js", "style.css");
  const [, policy = ""] = /Content-Security-Policy" content="([^"]+)"/.exec(one) ?? [];
  assert.match(policy, /^default-src &#39;none&#39;; style-src https:\/\/own; script-src &#39;nonce-[\w-]{20,}&#39;$/);
  assert.doesNotMatch(one, /unsafe-inline|unsafe-eval|https?:\/\/(?!own)| on\w+=| style=/);
  const nonces = [...one.matchAll(/nonce-([\w-]+)|nonce="([\w-]+)"/g)].map(([, a, b]) => a ?? b);
  assert.equal(new Set(nonces).size, 1);
  assert.notEqual(one, panelHtml("https://own", "script.js", "style.css"));
});

test("every button and field of the panel has a name for screen readers and a key", () => {
  const page = panelHtml("x", "s", "c");
  for (const [button] of page.matchAll(/<button[^>]*data-act[^>]*>[^<]*</g)) {
    assert.match(button, /aria-keyshortcuts="\S+".*>\w[^<]*</);
  }
  assert.match(page, /<input[^>]*aria-label="/);
  assert.match(page, /<table[^>]*role="grid"[^>]*aria-label="[^"]+"[^>]*aria-multiselectable="true"/);
});
