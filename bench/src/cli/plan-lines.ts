import { type Cell, STEADY } from "../plan/cell.ts";
import type { Plan } from "../plan/plan.ts";
import type { Preset } from "../plan/presets.ts";
import { TERMINAL_COLUMNS, wrap } from "../report/terminal.ts";

const INDENT = "    ";

/** What is about to happen, how long it will take, and what there is no time for. */
export function planLines(plan: Plan, preset: Preset, seed: number): string[] {
  const { windows, windowMs, budgetMs } = preset;
  const lines = [
    `Preset ${preset.name}: ${plan.cells.length} cells x ${blockCounts(plan.rounds)} blocks x ${windows} windows of ${windowMs} ms, seed ${seed}; about ${minutes(plan.expectedMs)}, at most ${minutes(budgetMs)}.`,
    ...groups(plan.cells).map((group) => `- to measure: ${group}`),
    ...leftOut(plan.leftOut).map((group) => `- left out for want of time: ${group}`),
  ];
  const twins = plan.cells.filter((cell) => cell.twin > 0).length;
  if (twins === 0)
    lines.push("- no cell is measured twice: this run does not show its noise floor.");
  else if (twins < preset.twins)
    lines.push(
      `- measured twice: ${twins} of the ${preset.twins} cells that would show the noise floor better.`,
    );
  if (!preset.conclusions) lines.push("- no conclusions: this preset shows that the bench runs.");
  return lines.flatMap((line) =>
    wrap(line, TERMINAL_COLUMNS - INDENT.length).map((part, i) => (i === 0 ? part : INDENT + part)),
  );
}

/** Gates have more blocks than the other cells where time is short. */
function blockCounts({ blocks, otherBlocks }: Plan["rounds"]): string {
  return blocks === otherBlocks ? String(blocks) : `${blocks} (gates) or ${otherBlocks}`;
}

/** One line for each lock or mode of each adapter, with the contender counts and sections. */
function groups(cells: readonly Cell[]): string[] {
  const byName = Map.groupBy(
    cells,
    (cell) =>
      `${cell.adapter} ${cell.lock} ${cell.mode === "counter" ? "" : `${cell.mode} `}${cell.role === "sale" ? `${cell.store} ` : ""}`,
  );
  return [...byName].map(([name, group]) => {
    const points = group.map(
      ({ contenders, section, scenario, twin }) =>
        `${contenders}x${section}us${scenario === STEADY ? "" : ` ${scenario}`}${twin > 0 ? " again" : ""}`,
    );
    return `${name.trim()}: ${points.join(", ")}`;
  });
}

/** One line for each adapter: what is left out is much in a short run, and stands in the report cell by cell. */
function leftOut(cells: readonly Cell[]): string[] {
  return [...Map.groupBy(cells, (cell) => cell.adapter)].map(([adapter, group]) => {
    const names = new Set(
      group.map(({ role, lock, store }) => (role === "sale" ? `sales from ${store}` : lock)),
    );
    const many = group.length === 1 ? "1 cell" : `${group.length} cells`;
    return `${adapter}: ${many} of ${[...names].join(", ")}`;
  });
}

function minutes(ms: number): string {
  return ms < 110_000 ? `${Math.round(ms / 1_000)} s` : `${(ms / 60_000).toFixed(1)} min`;
}
