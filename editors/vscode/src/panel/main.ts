/** The script inside the session panel: puts the table's values into the page and keeps selection and scroll. */

import type { Column, HostStatus, Row } from "../lsp";
import type { FromPanel, ToPanel } from "../messages";
import { type Act, allColumns, headHtml, hostHtml, mergeHost, refusal, rowHtml, rowLabel, type Sort, spoken, visible } from "../table";

interface Kept {
  selected: string[];
  current?: string | undefined;
  filter: string;
  sort?: Sort | undefined;
  scroll: number;
}

declare function acquireVsCodeApi(): { postMessage(message: FromPanel): void; getState(): Kept | undefined; setState(kept: Kept): void };

const editor = acquireVsCodeApi();
const kept: Kept = editor.getState() ?? { selected: [], filter: "", scroll: 0 };
const find = <T extends HTMLElement>(selector: string): T => document.querySelector(selector) as T;
const body = find<HTMLTableSectionElement>("tbody");
const filter = find<HTMLInputElement>("#filter");
const scroller = find<HTMLDivElement>("#scroll");
const buttons = [...document.querySelectorAll<HTMLButtonElement>("[data-act]")];

let columns: Column[] = [];
let rows: Row[] = [];
const hosts = new Map<string, HostStatus>();
const drawn = new Map<string, { element: HTMLTableRowElement; html: string }>();
let selected = new Set(kept.selected);
let current = kept.current;
let anchor: string | undefined;
let started = false;

const shown = (): Row[] => visible(rows, filter.value, kept.sort);
const marked = (): Row[] => shown().filter((row) => selected.has(row.key));
/** What an act works on: the selected rows, else the row that has the cursor. */
const chosen = (): Row[] => (marked().length > 0 ? marked() : shown().filter((row) => row.key === current));

function keep(): void {
  editor.setState({ ...kept, selected: [...selected], current, filter: filter.value, scroll: scroller.scrollTop });
}

/** Puts the rows into the table: only rows whose text changed are written, and elements stay with their session. */
function draw(): void {
  const now = shown();
  for (const [key, { element }] of drawn) {
    if (!now.some((row) => row.key === key)) {
      element.remove();
      drawn.delete(key);
    }
  }
  now.forEach((row, at) => {
    const html = rowHtml(row, columns);
    let entry = drawn.get(row.key);
    if (entry === undefined) {
      entry = { element: document.createElement("tr"), html: "" };
      entry.element.setAttribute("role", "row");
      entry.element.dataset["key"] = row.key;
      drawn.set(row.key, entry);
    }
    if (entry.html !== html) {
      entry.element.innerHTML = html;
      entry.element.setAttribute("aria-label", rowLabel(row));
      entry.html = html;
    }
    if (body.children[at] !== entry.element) {
      body.insertBefore(entry.element, body.children[at] ?? null);
    }
  });
  drawSelection();
  drawEmpty(now);
  // A row that had the focus is gone, or the first one has come: the keys go on working.
  if (document.hasFocus() && (document.activeElement === document.body || document.activeElement === scroller)) {
    drawn.get(current ?? "")?.element.focus({ preventScroll: true });
  }
}

function drawSelection(): void {
  const now = shown();
  // Sessions that are filtered away stay selected only until they are gone.
  selected = new Set([...selected].filter((key) => rows.some((row) => row.key === key)));
  if (!now.some((row) => row.key === current)) {
    current = now[0]?.key;
  }
  for (const [key, { element }] of drawn) {
    element.setAttribute("aria-selected", String(selected.has(key)));
    element.tabIndex = key === current ? 0 : -1;
  }
  const able = chosen();
  for (const button of buttons) {
    const act = button.dataset["act"] as Act;
    const reasons = able.map((row) => refusal(act, row));
    button.disabled = able.length === 0 || reasons.every((reason) => reason !== "");
    const why = able.length === 0 ? "there is no session" : (reasons[0] ?? "");
    button.title = button.disabled ? `Not now: ${why}` : `${button.textContent} (${button.dataset["key"]})`;
  }
  const count = marked().length;
  find("#count").textContent = `${now.length} of ${rows.length} sessions${count > 0 ? `, ${count} selected` : ""}`;
}

function drawEmpty(now: Row[]): void {
  const empty = find("#empty");
  empty.hidden = now.length > 0 || !started;
  empty.textContent =
    rows.length > 0
      ? "No session matches the filter."
      : hosts.size === 0
        ? "No hosts are known yet. Name them in the setting ctys.hosts, or run a command line that names one."
        : [...hosts.values()].some(({ state }) => state === "pending")
          ? "Asking the hosts…"
          : "No sessions.";
}

function drawHead(): void {
  find("thead").innerHTML = headHtml(columns, kept.sort);
}

function drawHosts(): void {
  const list = find("#hosts");
  for (const status of [...hosts.values()].sort((a, b) => a.host.localeCompare(b.host))) {
    let line = list.querySelector<HTMLLIElement>(`li[data-host="${CSS.escape(status.host)}"]`);
    if (line === null) {
      line = document.createElement("li");
      line.dataset["host"] = status.host;
      list.append(line);
    }
    line.dataset["state"] = status.state;
    const html = hostHtml(status);
    if (line.dataset["drawn"] !== html) {
      line.dataset["drawn"] = html;
      line.innerHTML = html;
    }
  }
  for (const line of list.querySelectorAll<HTMLLIElement>("li")) {
    if (!hosts.has(line.dataset["host"] ?? "")) {
      line.remove();
    }
  }
}

function receive(message: ToPanel): void {
  const before = rows;
  find("#trouble").hidden = message.type !== "trouble";
  if (message.type === "trouble") {
    find("#trouble").textContent = message.text;
    return;
  }
  if (message.type === "all") {
    columns = allColumns(message.columns);
    rows = message.rows;
    hosts.clear();
    message.hosts.forEach((status) => hosts.set(status.host, status));
    drawHead();
  } else {
    hosts.set(message.host.host, message.host);
    rows = message.type === "host" ? mergeHost(rows, message.host.host, message.rows) : rows;
  }
  drawHosts();
  draw();
  if (started) {
    find("#spoken").textContent = spoken(before, rows);
  } else if (message.type === "all") {
    started = true;
    drawEmpty(shown());
    scroller.scrollTop = kept.scroll;
    (drawn.get(current ?? "")?.element ?? scroller).focus({ preventScroll: true });
  }
}

function moveTo(key: string | undefined, event: { shiftKey: boolean; ctrlKey: boolean; metaKey: boolean }): void {
  const keys = shown().map((row) => row.key);
  if (key === undefined || !keys.includes(key)) {
    return;
  }
  if (event.shiftKey && anchor !== undefined && keys.includes(anchor)) {
    const ends = [keys.indexOf(anchor), keys.indexOf(key)].sort((a, b) => a - b) as [number, number];
    selected = new Set(keys.slice(ends[0], ends[1] + 1));
  } else if (!event.ctrlKey && !event.metaKey) {
    selected = new Set([key]);
    anchor = key;
  }
  current = key;
  drawSelection();
  drawn.get(key)?.element.focus();
  keep();
}

function toggle(key: string | undefined): void {
  if (key === undefined) {
    return;
  }
  if (!selected.delete(key)) {
    selected.add(key);
  }
  current = anchor = key;
  drawSelection();
  drawn.get(key)?.element.focus();
  keep();
}

function act(name: Act): void {
  const keys = chosen().map((row) => row.key);
  if (keys.length > 0) {
    editor.postMessage({ type: "act", act: name, keys });
  }
}

function step(by: number): string | undefined {
  const keys = shown().map((row) => row.key);
  const at = Math.max(0, keys.indexOf(current ?? ""));
  return keys[Math.min(keys.length - 1, Math.max(0, at + by))];
}

const moves: Record<string, number> = { ArrowDown: 1, ArrowUp: -1, j: 1, k: -1, PageDown: 10, PageUp: -10, Home: -1e6, End: 1e6 };

function onKey(event: KeyboardEvent): void {
  if (event.target instanceof HTMLInputElement || (event.target instanceof HTMLButtonElement && event.key === "Enter")) {
    if (event.key === "Escape" || (event.key === "Enter" && event.target === filter)) {
      drawn.get(current ?? "")?.element.focus();
      event.preventDefault();
    }
    return;
  }
  const modified = event.ctrlKey || event.metaKey || event.altKey;
  const button = modified ? undefined : buttons.find(({ dataset }) => dataset["key"] === event.key);
  if (event.key in moves && !event.altKey) {
    moveTo(step(moves[event.key] ?? 0), event);
  } else if (event.key === " " && event.target instanceof HTMLTableRowElement) {
    toggle(current);
  } else if (event.key === "a" && (event.ctrlKey || event.metaKey)) {
    selected = new Set(shown().map((row) => row.key));
    drawSelection();
    keep();
  } else if (event.key === "/" && !modified) {
    filter.focus();
  } else if (event.key === "g" && !modified) {
    editor.postMessage({ type: "refresh" });
  } else if (button !== undefined) {
    act(button.dataset["act"] as Act);
  } else {
    return;
  }
  event.preventDefault();
}

filter.value = kept.filter;
filter.addEventListener("input", () => {
  draw();
  keep();
});
body.addEventListener("click", (event) => {
  const key = (event.target as HTMLElement).closest("tr")?.dataset["key"];
  if (event.ctrlKey || event.metaKey) {
    toggle(key);
  } else {
    moveTo(key, event);
  }
});
body.addEventListener("dblclick", () => act("console"));
find("thead").addEventListener("click", (event) => {
  const key = (event.target as HTMLElement).closest<HTMLElement>("[data-sort]")?.dataset["sort"];
  if (key !== undefined) {
    kept.sort = kept.sort?.key !== key ? { key, descending: false } : kept.sort.descending ? undefined : { key, descending: true };
    drawHead();
    draw();
    keep();
  }
});
buttons.forEach((button) => button.addEventListener("click", () => act(button.dataset["act"] as Act)));
find("#refresh").addEventListener("click", () => editor.postMessage({ type: "refresh" }));
scroller.addEventListener("scroll", keep);
document.addEventListener("keydown", onKey);
window.addEventListener("message", (event: MessageEvent<ToPanel>) => receive(event.data));
editor.postMessage({ type: "ready" });
