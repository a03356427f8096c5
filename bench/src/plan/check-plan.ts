import { usageError } from "../cli/usage-error.ts";
import type { Candidate, Selection } from "./candidates.ts";
import { type Cell, STEADY } from "./cell.ts";
import type { Plan } from "./plan.ts";
import type { Preset } from "./presets.ts";

/** Something that a run was asked for: at least one such cell must be measured. */
export interface Request {
  readonly what: string;
  readonly isMet: (cell: Pick<Cell, "role" | "lock" | "store" | "scenario">) => boolean;
}

/** What a selection asks for. Controls and peers alone answer no question, but where peers are all that was asked for. */
export function requestsOf({ locks, stores, scenarios }: Selection, peersOnly = false): Request[] {
  if (peersOnly) return [{ what: "any peer", isMet: ({ role }) => role === "peer" }];
  const requests: Request[] = [];
  if (locks !== undefined)
    requests.push({
      what: `the lock ${locks.join(", ")}`,
      isMet: ({ role, lock }) => role !== "peer" && locks.includes(lock),
    });
  if (stores !== undefined)
    requests.push({
      what: `sales from the store ${stores.join(", ")}`,
      isMet: ({ role, store }) => role === "sale" && stores.includes(store),
    });
  if (scenarios !== undefined)
    requests.push({
      what: `the scenario ${scenarios.join(", ")}`,
      isMet: ({ scenario }) => scenarios.includes(scenario),
    });
  if (requests.length > 0) return requests;
  return [
    {
      what: "any lock or sale",
      isMet: ({ role, scenario }) => (role === "lock" && scenario === STEADY) || role === "sale",
    },
  ];
}

/** @throws {TicketlockError} `USAGE`: nothing asked for is possible, or nothing of it fits the time. */
export function checkPlan(
  possible: readonly Candidate[],
  plan: Plan,
  preset: Preset,
  selection: Selection,
  peersOnly = false,
): void {
  for (const { what, isMet } of requestsOf(selection, peersOnly)) {
    if (plan.cells.some(isMet)) continue;
    throw usageError(
      possible.some(({ cell }) => isMet(cell))
        ? `Cannot measure ${what}: no cell of it fits into ${Math.round(preset.budgetMs / 1_000)} s. Raise --budget, or ask for less.`
        : `Cannot measure ${what}: no chosen adapter offers it at the scope that its contenders need. Choose another adapter, lock or store.`,
    );
  }
}
