import type { JobContext } from "@ticketlock/harness";
import { type ConformanceOptions, listCases, listRuntimesCases } from "../../src/index.ts";

/** What the job is to do: list the names, or run the cases and tell of each as it ends. */
export interface RunSuiteInput {
  readonly list: boolean;
  readonly options: Pick<
    ConformanceOptions,
    "only" | "limitMs" | "contenders" | "runtimeFlags" | "seed"
  >;
}

/** How one case ended. `failure` is absent if it passed. */
export interface CaseEvent {
  readonly name: string;
  readonly failure?: string;
}

/** Runs the conformance suite over an adapter in its own runtime; over several, its group `runtimes` in the first one's. */
export default async function runSuite({
  adapters,
  input,
  emit,
  signal,
}: JobContext): Promise<string[]> {
  const { list, options } = input as RunSuiteInput;
  const cases =
    adapters.length > 1 ? listRuntimesCases(adapters, options) : listCases(adapters[0]!, options);
  const names = cases.map(({ name }) => name);
  if (list) return names;
  for (const { name, run } of cases) {
    signal.throwIfAborted();
    emit(
      await run().then(
        (): CaseEvent => ({ name }),
        (error: unknown): CaseEvent => ({ name, failure: describe(error) }),
      ),
    );
  }
  return names;
}

function describe(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const cause = error.cause === undefined ? "" : `\ncaused by ${describe(error.cause)}`;
  // What is not the suite's own finding needs its stack to be found.
  return (
    (error.name === "ConformanceError" ? error.message : (error.stack ?? error.message)) + cause
  );
}
