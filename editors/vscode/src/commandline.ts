/** The command line around the cursor. No vscode here. */

/**
 * The line at `at` (zero-based) of a file's `lines`, joined with the lines that a backslash at the end continues; "" when
 * it is blank or a comment. What it means is the server's business.
 */
export function lineAround(lines: readonly string[], at: number): string {
  const continued = (n: number): boolean => /\\\s*$/.test(lines[n] ?? "");
  let first = at;
  while (first > 0 && continued(first - 1)) {
    first -= 1;
  }
  let last = at;
  while (last < lines.length - 1 && continued(last)) {
    last += 1;
  }
  const joined = lines
    .slice(first, last + 1)
    .map((line) => line.replace(/\\\s*$/, "").trim())
    .join(" ")
    .trim();
  return joined.startsWith("#") ? "" : joined.replace(/^\$\s+/, "");
}
