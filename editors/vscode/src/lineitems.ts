/** The choices below a command line that is being typed. No vscode here. */

import type { Choice, Completions, Problem } from "./lsp";

export type Verb = "run" | "plan";

/** `line` is what the choice makes of the typed text; `accept` says that it is final. */
export interface LineItem {
  label: string;
  description: string;
  detail?: string;
  line: string;
  accept: boolean;
}

/** More than this nobody reads; typing on narrows them. */
const LIMIT = 200;

/** First the line itself, to run or plan it, with what is wrong with it; then what it could go on with. */
export function lineItems(verb: Verb, line: string, answer: Completions | undefined, history: readonly string[]): LineItem[] {
  if (line.trim() === "") {
    return [...history.map((past) => fromHistory(past)), ...choices(line, answer)];
  }
  const sure: LineItem = {
    label: verb === "run" ? "$(play) Run" : "$(checklist) Plan",
    description: line.trim(),
    line,
    accept: true,
  };
  const problems = (answer?.problems ?? []).filter(({ severity }) => severity <= 2);
  const judged = problems.length ? { ...sure, detail: problems.map(problemText).join("  ") } : sure;
  const fixes = (answer?.fixes ?? []).map((fix) => ({
    label: `$(lightbulb) ${fix.title}`,
    description: "",
    line: fix.line,
    accept: false,
  }));
  return [judged, ...fixes, ...choices(line, answer)];
}

/** The line after a choice. */
export function completed(line: string, answer: Completions, choice: Choice): string {
  return line.slice(0, answer.start) + choice.insert + line.slice(answer.end);
}

/** The newest lines first, each once. */
export function remember(history: readonly string[], line: string, limit = 20): string[] {
  return [line.trim(), ...history.filter((past) => past !== line.trim())].slice(0, limit);
}

function fromHistory(line: string): LineItem {
  return { label: `$(history) ${line}`, description: "", line, accept: false };
}

/** The server offers what the place allows; the part that is typed already narrows it: beginnings first, then the rest. */
function choices(line: string, answer: Completions | undefined): LineItem[] {
  if (answer === undefined) {
    return [];
  }
  const typed = line.slice(answer.start, answer.end).toLowerCase();
  const begins = answer.choices.filter(({ label }) => label.toLowerCase().startsWith(typed));
  const holds = answer.choices.filter((choice) => !begins.includes(choice) && choice.label.toLowerCase().includes(typed));
  return [...begins, ...holds].slice(0, LIMIT).map((choice) => ({
    label: choice.label,
    description: choice.detail,
    line: completed(line, answer, choice),
    accept: false,
  }));
}

function problemText(problem: Problem): string {
  return `${problem.severity === 1 ? "$(error)" : "$(warning)"} ${problem.message}`;
}
