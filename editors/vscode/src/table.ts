/** The session table as values and HTML text, used by the panel and its tests. No vscode, no document here. */

import type { Column, HostStatus, Row } from "./lsp";

export type Act = "console" | "split" | "screen" | "details" | "cancel" | "pause" | "resume" | "reboot" | "rename" | "conf";

/** `descending` turns the order round; ties keep host and label order. */
export interface Sort {
  key: string;
  descending: boolean;
}

/** The server's columns, and the state, which the printed table of the original does not have. */
export function allColumns(columns: readonly Column[]): Column[] {
  return [...columns, { key: "state", title: "state", width: 9 }];
}

export function cell(row: Row, key: string): string {
  return key === "state" ? row.state : (row.cells[key] ?? "");
}

/** State by symbol and word, never by colour alone. */
const symbols: Record<string, string> = {
  running: "●",
  blocked: "●",
  paused: "‖",
  shutdown: "○",
  crashed: "✖",
  dying: "✖",
};

export function stateText(state: string): string {
  return state === "" ? "" : `${symbols[state] ?? "·"} ${state}`;
}

/** Whether the row is a guest's own session (not the physical machine, a viewer or a tunnel). */
export function isGuest(row: Row): boolean {
  return row.side === "S" && row.type === "XEN" && row.label !== "Domain-0";
}

/** Whether the row is a console, a viewer or a tunnel, which `cancel` ends without touching the guest. */
export function isClient(row: Row): boolean {
  return row.side === "C" || row.side === "T";
}

/** Why `act` cannot be done with `row`, "" when it can. */
export function refusal(act: Act, row: Row): string {
  if (act === "conf") {
    return row.conf === "" ? "its configuration file is not known" : "";
  }
  if (act === "details" && row.type === "XEN" && row.side === "S") {
    return "";
  }
  if (act === "cancel" && isClient(row)) {
    return "";
  }
  if (!isGuest(row)) {
    return "it is not a guest";
  }
  if (act === "pause") {
    return row.state === "paused" ? "it is paused already" : "";
  }
  if (act === "resume") {
    return row.state === "paused" ? "" : "it is not paused";
  }
  return "";
}

/** Why a guest cannot be called `name`, "" when it can; the server has the last word. */
export function nameFault(name: string, row: Row): string {
  if (name === row.label) {
    return "that is its name already";
  }
  return /^[A-Za-z0-9_][-A-Za-z0-9_.]*$/.test(name) && !/^\d+$/.test(name) ? "" : "letters, digits, - _ and . make a name, and not digits alone";
}

export function names(rows: readonly Row[]): string {
  return rows.map((row) => `${row.label} on ${row.host}`).join("\n");
}

/** All rows after `host` has answered with `now`. */
export function mergeHost(rows: readonly Row[], host: string, now: readonly Row[]): Row[] {
  return [...rows.filter((row) => row.host !== host), ...now];
}

/** The rows that contain every word of `filter`, in the table's order. */
export function visible(rows: readonly Row[], filter: string, sort: Sort | undefined): Row[] {
  const words = filter.toLowerCase().split(/\s+/).filter(Boolean);
  const matching = rows.filter((row) => {
    const text = [row.host, row.state, ...Object.values(row.cells)].join(" ").toLowerCase();
    return words.every((word) => text.includes(word));
  });
  // Sorting is stable and "numeric" puts tst2 before tst10. Without a choice the server's order stands, host by host.
  const compare = (a: string, b: string): number => a.localeCompare(b, "en", { numeric: true });
  const byHost = [...matching].sort((a, b) => compare(a.host, b.host));
  if (sort === undefined) {
    return byHost;
  }
  const sign = sort.descending ? -1 : 1;
  return byHost.sort((a, b) => sign * compare(cell(a, sort.key), cell(b, sort.key)));
}

/** The inside of a `<tr>`. Equal text means that nothing has to be redrawn. */
export function rowHtml(row: Row, columns: readonly Column[]): string {
  return columns
    .map(({ key }) => {
      const text = key === "state" ? stateText(row.state) : cell(row, key);
      const state = key === "state" ? ` data-state="${escape(row.state)}"` : "";
      return `<td role="gridcell" data-column="${escape(key)}"${state}>${escape(text)}</td>`;
    })
    .join("");
}

/** One sentence for screen readers, the row's label. */
export function rowLabel(row: Row): string {
  return [row.label, row.type, `on ${row.host}`, row.state].filter(Boolean).join(", ");
}

export function headHtml(columns: readonly Column[], sort: Sort | undefined): string {
  const heads = columns.map(({ key, title }) => {
    const order = sort?.key !== key ? "none" : sort.descending ? "descending" : "ascending";
    const arrow = order === "none" ? "" : order === "ascending" ? " ▲" : " ▼";
    const button = `<button type="button" data-sort="${escape(key)}" tabindex="-1">${escape(title)}${arrow}</button>`;
    return `<th role="columnheader" scope="col" aria-sort="${order}">${button}</th>`;
  });
  return `<tr role="row">${heads.join("")}</tr>`;
}

/** The line of one host: its state in a word, and with trouble the message and the cure. */
export function hostHtml(status: HostStatus): string {
  const words = { pending: "… asking", ok: "✔ answers", unreachable: "✖ unreachable", failed: "⚠ failed" };
  // The message may name the host and the cure itself; each is said once.
  const { host, cure } = status;
  const message = status.message.startsWith(`${host}: `) ? status.message.slice(host.length + 2) : status.message;
  const said = [message, message.includes(cure) ? "" : cure].filter(Boolean).join(" ");
  const text = said === "" ? "" : ` <span class="said">${escape(said)}</span>`;
  return `<b>${escape(status.host)}</b> <span class="word">${words[status.state] ?? escape(status.state)}</span>${text}`;
}

/** What changed, in words for a screen reader: at most three sentences. */
export function spoken(before: readonly Row[], after: readonly Row[]): string {
  const old = new Map(before.map((row) => [row.key, row]));
  const now = new Set(after.map((row) => row.key));
  const changes = [
    ...after.flatMap((row) => {
      const was = old.get(row.key);
      if (was === undefined) {
        return [`${row.label} on ${row.host} is new`];
      }
      return was.state === row.state ? [] : [`${row.label} on ${row.host} is now ${row.state}`];
    }),
    ...before.filter((row) => !now.has(row.key)).map((row) => `${row.label} on ${row.host} is gone`),
  ];
  const shown = changes.slice(0, 3);
  return [...shown, ...(changes.length > 3 ? [`${changes.length - 3} more changes`] : [])].join(". ");
}

/** The path among `candidates` whose end agrees with `path` in most components, at least in the file's name. */
export function closestPath(path: string, candidates: readonly string[]): string | undefined {
  const wanted = path.split("/").reverse();
  const agreement = (candidate: string): number => {
    const parts = candidate.split("/").reverse();
    const differs = wanted.findIndex((part, at) => part !== parts[at]);
    return differs === -1 ? wanted.length : differs;
  };
  return [...candidates].sort((a, b) => agreement(b) - agreement(a)).find((candidate) => agreement(candidate) > 0);
}

export function escape(text: string): string {
  const entities: Record<string, string> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#39;" };
  return text.replace(/[&<>"']/g, (character) => entities[character] ?? character);
}

