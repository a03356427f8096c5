import { type AdapterEntry, runJob, selectedAdapters } from "@ticketlock/harness";
import { type ScenarioName, scenarios } from "../src/index.ts";
import type { ListedKinds } from "./jobs/list-kinds.ts";
import { workspaceRoot } from "./run-cli.ts";

/** An adapter under test, and what it can play by what it declares. */
export interface Candidate {
  readonly entry: AdapterEntry;
  readonly playable: readonly ScenarioName[];
  readonly kinds: ListedKinds;
}

/** The adapters of the workspace, or those that TICKETLOCK_ADAPTER names, if not these. */
export async function candidates(
  entries: readonly AdapterEntry[] = selectedAdapters({ root: workspaceRoot }),
): Promise<Candidate[]> {
  const found: Candidate[] = [];
  for (const entry of entries) {
    const playable = await runJob(
      entry,
      new URL("../src/jobs/list-playable.ts", import.meta.url),
      null,
    );
    const kinds = (await runJob(
      entry,
      new URL("./jobs/list-kinds.ts", import.meta.url),
      null,
    )) as ListedKinds;
    const names = Object.keys(scenarios) as ScenarioName[];
    found.push({
      entry,
      kinds,
      playable: names.filter((name) => (playable as string[]).includes(name)),
    });
  }
  return found;
}
