import assert from "node:assert/strict";
import test from "node:test";
import type { Column, HostStatus, Row } from "../src/lsp";
import { allColumns, closestPath, headHtml, hostHtml, isClient, isGuest, mergeHost, nameFault, refusal, rowHtml, rowLabel, spoken, stateText, visible } from "../src/table";

const columns: Column[] = ["container", "guest", "label", "type", "side", "user", "group"].map((key) => ({ key, title: key, width: 8 }));

function row(label: string, host = "lab00", changes: Partial<Row> = {}): Row {
  const base = { key: `${host}/XEN/${label}`, host, label, type: "XEN", side: "S", state: "running", conf: "" };
  const cells = { container: `${host}.soho`, guest: label, label, type: "XEN", side: "S", user: "-", group: "-" };
  return { ...base, cells, ...changes };
}

test("a row has the page's seven columns and the state, in that order", () => {
  const html = rowHtml(row("tst100"), allColumns(columns));
  const keys = [...html.matchAll(/data-column="(\w+)"/g)].map(([, key]) => key);
  assert.deepEqual(keys, ["container", "guest", "label", "type", "side", "user", "group", "state"]);
  assert.match(html, />lab00\.soho<.*>tst100<.*● running</);
});

test("nothing that a host says becomes markup", () => {
  const evil = '<img src=x onerror="alert(1)">';
  const wild = row("x", "lab00", { state: evil, cells: { label: evil, container: "a&b" } });
  const status: HostStatus = { host: evil, state: "failed", seen: 0, message: evil, cure: "'" };
  for (const html of [rowHtml(wild, allColumns(columns)), hostHtml(status), headHtml([{ key: evil, title: evil, width: 1 }], undefined)]) {
    assert.doesNotMatch(html, /<img/);
    assert.match(html, /&lt;img/);
  }
});

test("a row that did not change gives the same text, one that did gives another", () => {
  assert.equal(rowHtml(row("a"), columns), rowHtml(row("a"), columns));
  const all = allColumns(columns);
  assert.notEqual(rowHtml(row("a"), all), rowHtml(row("a", "lab00", { state: "paused" }), all));
});

test("a name for a guest is refused before it is sent, and Domain-0 can only be looked at", () => {
  const guest = row("tst100");
  const faults = ["tst100", "", "two words", "-x", "17", "a/b"].map((name) => nameFault(name, guest));
  assert.ok(faults.every((fault) => fault !== ""), String(faults));
  assert.deepEqual(["web", "a-b_c.d", "17b"].map((name) => nameFault(name, guest)), ["", "", ""]);
  const dom0 = row("Domain-0");
  assert.equal(refusal("details", dom0), "");
  assert.notEqual(refusal("rename", dom0), "");
  assert.notEqual(refusal("details", row("lab00", "lab00", { type: "PM" })), "");
});

test("an answer of one host leaves the rows of the others as they are", () => {
  const kept = row("b", "lab01");
  const merged = mergeHost([row("a"), kept], "lab00", [row("c")]);
  assert.deepEqual(merged.map(({ label }) => label).sort(), ["b", "c"]);
  assert.ok(merged.includes(kept));
  assert.deepEqual(mergeHost(merged, "lab01", []).map(({ label }) => label), ["c"]);
});

test("rows stand host by host; a chosen column sorts them, numbers by value", () => {
  const rows = [row("tst10", "lab01"), row("tst2", "lab01"), row("tst3", "lab00")];
  const labels = (sort?: { key: string; descending: boolean }): string[] => visible(rows, "", sort).map(({ label }) => label);
  assert.deepEqual(labels(), ["tst3", "tst10", "tst2"]);
  assert.deepEqual(labels({ key: "label", descending: false }), ["tst2", "tst3", "tst10"]);
  assert.deepEqual(labels({ key: "label", descending: true }), ["tst10", "tst3", "tst2"]);
});

test("the filter wants every word, anywhere in the row", () => {
  const rows = [row("tst100"), row("tst101", "lab01"), row("tst102", "lab01", { state: "paused" })];
  const labels = (filter: string): string[] => visible(rows, filter, undefined).map(({ label }) => label);
  assert.deepEqual(labels("LAB01"), ["tst101", "tst102"]);
  assert.deepEqual(labels(" lab01 pau "), ["tst102"]);
  assert.deepEqual(labels("nothing"), []);
});

test("only guests are stopped: not the host, a viewer, a tunnel or Domain-0", () => {
  assert.ok(isGuest(row("tst100")));
  for (const other of [
    row("lab00", "lab00", { type: "PM" }),
    row("tst100", "ws2", { type: "VNC", side: "C" }),
    row("tst100", "ws2", { type: "SSH(XEN)", side: "T" }),
    row("Domain-0"),
  ]) {
    assert.ok(!isGuest(other), JSON.stringify(other));
    for (const act of ["reboot", "pause", "resume", "console", "split"] as const) {
      assert.notEqual(refusal(act, other), "", act);
    }
    // Cancelled is the viewer or the tunnel itself then.
    assert.equal(refusal("cancel", other) === "", isClient(other), JSON.stringify(other));
  }
});

test("each act says why it is not possible now", () => {
  const paused = row("a", "lab00", { state: "paused", conf: "/x.conf" });
  assert.match(refusal("pause", paused), /already/);
  assert.equal(refusal("resume", paused), "");
  assert.match(refusal("resume", row("a")), /not paused/);
  assert.match(refusal("conf", row("a")), /not known/);
  assert.equal(refusal("conf", paused), "");
  assert.equal(refusal("cancel", row("a")), "");
});

test("a console, a viewer and a tunnel can be ended, and nothing else be done with them", () => {
  for (const side of ["C", "T"]) {
    const client = row("a", "localhost", { type: "CLI", side });
    assert.equal(refusal("cancel", client), "");
    for (const act of ["console", "screen", "pause", "resume", "reboot"] as const) {
      assert.match(refusal(act, client), /not a guest/);
    }
  }
});

test("states are told by symbol and word, hosts with message and cure", () => {
  assert.match(stateText("crashed"), /^\S crashed$/);
  assert.equal(stateText(""), "");
  const html = hostHtml({ host: "lab99", state: "unreachable", seen: 0, message: "No answer within 8 s.", cure: "Is it up?" });
  assert.match(html, /lab99.*unreachable.*No answer within 8 s\. Is it up\?/);
  const twice = hostHtml({ host: "lab99", state: "failed", seen: 0, message: "lab99: no xl. Is it up?", cure: "Is it up?" });
  assert.match(twice, />no xl\. Is it up\?</);
});

test("a screen reader hears the row, the sort order and what changed", () => {
  assert.equal(rowLabel(row("tst100")), "tst100, XEN, on lab00, running");
  assert.match(headHtml(columns, { key: "label", descending: true }), /aria-sort="descending"><button[^>]*data-sort="label"/);
  const before = [row("a"), row("b"), row("c")];
  const after = [row("a"), row("b", "lab00", { state: "paused" }), row("d")];
  assert.equal(spoken(before, after), "b on lab00 is now paused. d on lab00 is new. c on lab00 is gone");
  assert.equal(spoken(before, before), "");
  assert.match(spoken([], [row("a"), row("b"), row("c"), row("d")]), /1 more changes$/);
});

test("a host's path finds the copy that agrees with most of its end", () => {
  const path = "/homen/acue/xen/tst-ctys/tst100/tst100.conf";
  const copies = ["/w/backup/tst100.conf", "/w/xen/tst-ctys/tst100/tst100.conf", "/w/tst100/tst100.conf"];
  assert.equal(closestPath(path, copies), copies[1]);
  assert.equal(closestPath(path, ["/w/other.conf"]), undefined);
  assert.equal(closestPath(path, []), undefined);
});
