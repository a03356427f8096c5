import type { Cast } from "../plan/cast.ts";
import { combinationsOf, faultNames, faults } from "../plan/faults.ts";
import { goalsOf } from "../tally/goals.ts";
import { thousands } from "../tally/table.ts";

/** What is tried with what, by fault. */
export function listLines(casts: readonly Cast[]): string[] {
  const width = Math.max(...faultNames.map((name) => name.length));
  const lines = faultNames.flatMap((name) => {
    const { words, run } = faults[name];
    const head = `${name.padEnd(width)}  ${words}`;
    if (run === "images") return [head];
    const byCast = Map.groupBy(combinationsOf(name, casts), ({ cast }) => cast.name);
    const indent = " ".repeat(width + 2);
    return [
      head,
      ...[...byCast].map(([cast, all]) => {
        const locks = all.flatMap(({ lock }) => lock?.kind ?? []);
        const stores = all[0]!.stores.map(({ kind }) => kind);
        return `${indent}${cast}: ${describe("lock", locks)}${describe("store", stores)}`;
      }),
    ];
  });
  const goals = goalsOf(casts).map(({ name, target }) => `  ${name}: ${thousands(target)}`);
  return [...lines, "", "What --goals reaches:", ...goals];
}

function describe(what: string, kinds: readonly string[]): string {
  return kinds.length === 0 ? "" : `${what} ${kinds.join(", ")}; `;
}
