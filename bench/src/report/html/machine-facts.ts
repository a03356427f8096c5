import { clockStepsText } from "../clock-step.ts";
import { digits } from "../format.ts";
import { markup, type Markup } from "../markup.ts";
import type { Report } from "../report.ts";

/** What a reader must know to judge a run, and the two lines that repeat it. */
export function machineFacts({ environment: e, cells, preset, seed, windowMs }: Report): Markup {
  const facts: readonly (readonly [string, string])[] = [
    ["processor", `${e.cpuModel}, ${e.cores} cores${threadsText(e.threadsPerCore)}`],
    ["memory", `${digits(e.memoryBytes / 2 ** 30)} GiB`],
    ["kernel", e.kernel],
    ["hypervisor", e.hypervisor ?? "none"],
    ["governor", e.governor ?? "unknown"],
    ["clock", `${e.clockSource ?? "unknown"}, ${clockStepsText(cells)}`],
    ["quota", e.cgroupQuotaCores === null ? "none" : `${digits(e.cgroupQuotaCores)} cores`],
    ["machine id", `${e.machine}, a hash of hardware facts`],
    [
      "runtimes",
      Object.entries(e.runtimes)
        .map(([name, version]) => `${name} ${version}`)
        .join(", "),
    ],
    ...flagFacts(e),
    ["commit", `${e.commit ?? "unknown"}${e.dirty === true ? ", with changes" : ""}`],
    ["lockfile", e.lockfileHash ?? "unknown"],
    [
      "run",
      `preset ${preset}, windows of ${windowMs} ms, seed ${seed}, ${digits(e.tookMs / 1_000)} s from ${e.startedAt}`,
    ],
  ];
  return markup`<dl>
${facts.map(
  ([name, text]) => markup`<dt>${name}</dt><dd>${text}</dd>
`,
)}</dl>
<pre tabindex="0"><code>git checkout ${quoted(e.commit ?? "COMMIT")}
${commandLine(e.argv, seed)}</code></pre>
`;
}

/** Those that a reader would have to know besides the versions; none is a fact as well, but a long list of it is not. */
function flagFacts({ flags = {}, variables = {} }: Report["environment"]): [string, string][] {
  const given = Object.entries(flags).filter(([, list]) => list.length > 0);
  const set = Object.entries(variables);
  return [
    ...(given.length === 0
      ? []
      : [
          ["flags", given.map(([adapter, list]) => `${adapter}: ${list.join(" ")}`).join("; ")] as [
            string,
            string,
          ],
        ]),
    ...(set.length === 0
      ? []
      : [
          ["variables", set.map(([name, value]) => `${name}=${value}`).join(", ")] as [
            string,
            string,
          ],
        ]),
  ];
}

function threadsText(threadsPerCore: number | null): string {
  return threadsPerCore === null || threadsPerCore === 1 ? "" : `, ${threadsPerCore} threads each`;
}

function commandLine(argv: readonly string[], seed: number): string {
  const seeded = argv.includes("--seed") ? argv : [...argv, "--seed", String(seed)];
  return ["npx", "--yes", "pnpm@12", "bench", ...seeded.map(quoted)].join(" ");
}

function quoted(argument: string): string {
  return /^[\w@%+=:,./-]+$/.test(argument)
    ? argument
    : `'${argument.replaceAll("'", String.raw`'\''`)}'`;
}
