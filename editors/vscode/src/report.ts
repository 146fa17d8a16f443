/** Jobs in words. No vscode here. */

import type { Job, Trouble } from "./lsp";

/** The job's name in messages: a command line says itself whose it is. */
export function jobName(job: Job): string {
  return job.title.startsWith("ctys") ? job.title : `ctys: ${job.title}`;
}

/** Host, act, the tool's words, the cure, and what an ambiguous address could mean. */
export function troubleText(trouble: Trouble): string {
  const said = trouble.words === "" ? "" : `: ${trouble.words.trim()}`;
  const cure = trouble.cure === "" ? "" : ` ${trouble.cure}`;
  const choices = trouble.choices?.length ? ` Candidates: ${trouble.choices.join(", ")}.` : "";
  return `${trouble.host}: ${trouble.act}${said}${/[.!?]$/.test(said || trouble.act) ? "" : "."}${cure}${choices}`;
}

/** One message for a job that failed: each failed target, and how many went well. */
export function failure(job: Job): string {
  const targets = job.targets ?? [];
  const troubles = targets.flatMap((target) => (target.trouble ? [troubleText(target.trouble)] : []));
  const good = targets.filter((target) => target.ok).length;
  const shown = troubles.slice(0, 3);
  const more = troubles.length - shown.length;
  return [
    ...(shown.length ? shown : [job.text || job.message || `${job.title} failed.`]),
    ...(more > 0 ? [`${more} more failed.`] : []),
    ...(good > 0 ? [`${good} of ${targets.length} went well.`] : []),
  ].join(" ");
}

/** What the output says at a job's end: the exact commands per host, what is now, troubles, and the printed text. */
export function endLines(job: Job): string[] {
  const lines = (job.targets ?? []).flatMap((target) => [
    ...target.ran.map((command) => `  ${target.host}$ ${command}`),
    ...(target.trouble ? [`  ! ${troubleText(target.trouble)}`] : []),
    ...(target.state ? [`  = state on ${target.host}: ${target.state}`] : []),
  ]);
  const text = (job.text ?? "").trimEnd();
  return [...lines, ...(text === "" ? [] : text.split("\n")), `  [${job.state ?? "ended"}, exit status ${job.exitStatus ?? "?"}]`];
}
