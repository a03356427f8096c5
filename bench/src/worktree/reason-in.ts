/** A line on a terminal that is read in passing. */
const LONGEST = 300;

/** With these pnpm draws its messages. */
const GLYPHS = /[×╰╭├│─▶]+/gu;

/** Where tools begin to say what went wrong; what pnpm and npm print before and after is progress. */
const BEGINNINGS = [/ERR_PNPM_\w+/, /^(fatal|error):/, /^npm (error|ERR!)/];

/**
 * Why a command failed, in one line, by what it has printed: from where pnpm, git or npm name the fault, else its
 * last line. `undefined` where it printed nothing.
 */
export function reasonIn(output: string): string | undefined {
  const lines = output
    .split("\n")
    .map((line) => line.replaceAll(GLYPHS, " ").trim())
    .filter((line) => line !== "");
  for (const beginning of BEGINNINGS) {
    const first = lines.findIndex((line) => beginning.test(line));
    if (first >= 0) return cut(lines.slice(first).join(" "));
  }
  const last = lines.at(-1);
  return last === undefined ? undefined : cut(last);
}

function cut(text: string): string {
  const line = text.replace(/\s+/g, " ").replace(/^Error: /, "");
  return line.length <= LONGEST ? line : `${line.slice(0, LONGEST - 1)}…`;
}
