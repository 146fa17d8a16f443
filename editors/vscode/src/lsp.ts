// Mirrors ctys_ls/protocol.py: names and fields of docs/protocol.md. A test on the server's side compares the two.

/** The version that every object carries. */
export const VERSION = 1;

/** The server's commands (`workspace/executeCommand`). */
export const Command = {
  run: "ctys.run",
  plan: "ctys.plan",
  create: "ctys.create",
  cancel: "ctys.cancel",
  rename: "ctys.rename",
  list: "ctys.list",
  guest: "ctys.guest",
  console: "ctys.console",
  sessions: "ctys.sessions",
  complete: "ctys.complete",
  explain: "ctys.explain",
  endClients: "ctys.endClients",
  cancelJob: "ctys.cancelJob",
} as const;

/** Notifications and the one request from the server. */
export const Method = {
  job: "ctys/job",
  sessionsChanged: "ctys/sessionsChanged",
  consoleReady: "ctys/consoleReady",
  hostStatus: "ctys/hostStatus",
  fileState: "ctys/fileState",
  prompt: "ctys/prompt",
} as const;

export interface Address {
  label?: string;
  pathname?: string;
  filename?: string;
  uuid?: string;
  mac?: string;
  tcp?: string;
}

export interface Target {
  host: string;
  address: Address;
}

export interface Column {
  key: string;
  title: string;
  width: number;
}

/** One session. `key` is its identity: it stays while the session lives. */
export interface Row {
  key: string;
  host: string;
  label: string;
  type: string;
  side: string;
  state: string;
  conf: string;
  cells: Record<string, string>;
}

/** What became of the last attempt to ask a host; `message` and `cure` are empty when all is well. */
export interface HostStatus {
  host: string;
  state: "pending" | "ok" | "unreachable" | "failed";
  seen: number;
  message: string;
  cure: string;
}

export interface Sessions {
  revision: number;
  columns: Column[];
  hosts: HostStatus[];
  rows: Row[];
}

export interface SessionsChanged {
  revision: number;
  host: HostStatus;
  rows: Row[];
}

export interface Problem {
  code: string;
  /** As in LSP: 1 error, 2 warning, 3 information, 4 hint. */
  severity: 1 | 2 | 3 | 4;
  message: string;
}

export interface Plan {
  text: string;
  problems: Problem[];
}

export interface Explanation {
  markdown: string;
}

export interface Choice {
  label: string;
  insert: string;
  detail: string;
  kind: string;
}

/** `start` and `end` are UTF-16 units of the line: what a choice replaces. */
export interface Completions {
  start: number;
  end: number;
  choices: Choice[];
  problems: Problem[];
  fixes: LineFix[];
}

/** A fix of a problem of the line: the whole line as it would be. */
export interface LineFix {
  title: string;
  line: string;
}

export interface Trouble {
  code: string;
  host: string;
  act: string;
  words: string;
  cure: string;
  choices: string[];
}

/** `text` says the same as the server's `guest`, or why there is none. */
export interface GuestAnswer {
  text: string;
  guest: object | null;
}

export interface TargetOutcome {
  host: string;
  ok: boolean;
  state: string;
  text: string;
  ran: string[];
  trouble?: Trouble | null;
}

export interface Job {
  job: string;
  kind: "begin" | "report" | "end";
  title: string;
  command: string;
  host?: string | null;
  message?: string | null;
  /** These come with `end`. */
  state?: "done" | "failed" | "cancelled";
  exitStatus?: number;
  text?: string;
  targets?: TargetOutcome[];
}

export interface ConsoleReady {
  job: string;
  session: string;
  kind: string;
  host: string;
  label: string;
  argv: string[];
  shellArgv: string[];
  /** Serves the guest's screen for a pane; for VNC only, else empty. */
  pageArgv: string[];
  /** `argv` opens a window of its own and wants no terminal. */
  window: boolean;
  guestBuffer: string;
  hostBuffer: string;
  env: Record<string, string>;
}

export interface Prompt {
  kind: "password" | "passphrase" | "hostKey" | "confirm";
  host: string;
  text: string;
  detail: string;
  secret: boolean;
}

export interface PromptAnswer {
  v: number;
  answer: string | null;
}

/** Argument and result of each command that this client calls. */
export interface Calls {
  "ctys.run": { argument: { commandLine: string; confirmed?: boolean }; result: { job: string } };
  "ctys.plan": { argument: { commandLine: string }; result: Plan };
  "ctys.create": { argument: Target & { console?: string; attach?: string }; result: { job: string } };
  "ctys.cancel": { argument: { targets: Target[]; method?: string; confirmed?: boolean }; result: { job: string } };
  "ctys.rename": { argument: { host: string; label: string; to: string }; result: { job: string } };
  "ctys.guest": { argument: { host: string; label: string }; result: GuestAnswer };
  "ctys.console": { argument: { host: string; label: string; kind?: string }; result: { job: string } };
  "ctys.sessions": {
    argument: { action: "subscribe" | "unsubscribe" | "refresh"; hosts?: string[] };
    result: Sessions;
  };
  "ctys.complete": { argument: { line: string; cursor: number }; result: Completions };
  "ctys.endClients": { argument: { keys: string[] }; result: { ended: string[]; left: string[] } };
  "ctys.cancelJob": { argument: { job: string }; result: { known: boolean } };
}
