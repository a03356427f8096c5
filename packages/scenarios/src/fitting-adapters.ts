import { isTicketlockError } from "@ticketlock/core";
import { findAdapter, runJob } from "@ticketlock/harness";
import type { ListPlayableInput } from "./jobs/list-playable.ts";
import { moduleBeside } from "./module-beside.ts";
import type { ScenarioOptions } from "./scenario-options.ts";
import type { ScenarioName } from "./scenarios.ts";

/**
 * Those of the adapters that can cast the story as it is asked for, in order, each as it is found:
 * what an adapter declares is asked in its own runtime. One that cannot be loaded here cannot play.
 */
export async function* fittingAdapters(
  names: readonly string[],
  scenario: ScenarioName,
  options: ScenarioOptions,
  signal: AbortSignal,
): AsyncGenerator<string, void, undefined> {
  const job = moduleBeside("./jobs/list-playable", import.meta.url);
  const { mode, lock, store } = options;
  const input: ListPlayableInput = { mode, lock, store };
  for (const name of names) {
    try {
      const playable = await runJob(findAdapter(name), job, input, { signal, stderr: () => {} });
      if ((playable as ScenarioName[]).includes(scenario)) yield name;
    } catch (error) {
      if (!isTicketlockError(error)) throw error;
    }
  }
}
