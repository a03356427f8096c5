import { type AdapterEntry, runJob } from "@ticketlock/harness";
import type { CaseEvent, RunSuiteInput } from "../jobs/run-suite.ts";

const job = new URL("../jobs/run-suite.ts", import.meta.url);
/** Longest silence between two results: a case has at most sixteen limits of 10 s, and must close what it opened. */
const SILENCE_LIMIT_MS = 180_000;

/** An adapter, or those of several runtimes whose contenders meet; the first one's runtime is the owner's. */
export type UnderTest = AdapterEntry | readonly AdapterEntry[];

/** Lists the names of the cases that apply. */
export async function listNames(under: UnderTest): Promise<string[]> {
  return (await runJob(under, job, inputFor(under, true))) as string[];
}

/** One job that runs all of these cases; each case's result can be waited for by name. */
export class SuiteRun {
  readonly #results = new Map<string, PromiseWithResolvers<CaseEvent>>();
  readonly #controller = new AbortController();
  readonly #under: UnderTest;
  #silence: NodeJS.Timeout | undefined;

  constructor(under: UnderTest, names: readonly string[]) {
    this.#under = under;
    for (const name of names) {
      const result = Promise.withResolvers<CaseEvent>();
      result.promise.catch(() => undefined);
      this.#results.set(name, result);
    }
  }

  /** Starts the job. A case that it gives no result for fails. */
  start(): void {
    const onEvent = (event: unknown): void => {
      this.#heard();
      const result = event as CaseEvent;
      this.#results.get(result.name)?.resolve(result);
    };
    this.#heard();
    const input = inputFor(this.#under, false);
    runJob(this.#under, job, input, { onEvent, signal: this.#controller.signal })
      .then(() => this.#failRest(new Error("The job ended without a result for this case.")))
      .catch((error: unknown) => this.#failRest(error))
      .finally(() => clearTimeout(this.#silence));
  }

  /** Waits for a case's result, and throws what the case threw. */
  async expectPassed(name: string): Promise<void> {
    const { failure } = await this.#results.get(name)!.promise;
    if (failure !== undefined) throw new Error(failure);
  }

  stop(): void {
    this.#controller.abort(new Error("The test run ended."));
  }

  #heard(): void {
    clearTimeout(this.#silence);
    const error = new Error(
      `No case gave a result for ${SILENCE_LIMIT_MS} ms: one must block its thread.`,
    );
    this.#silence = setTimeout(() => this.#controller.abort(error), SILENCE_LIMIT_MS);
  }

  #failRest(error: unknown): void {
    for (const result of this.#results.values()) result.reject(error);
  }
}

function inputFor(under: UnderTest, list: boolean): RunSuiteInput {
  return { list, options: "flags" in under ? { runtimeFlags: under.flags } : {} };
}
