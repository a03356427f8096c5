import type { Adapter, MaybePromise } from "@ticketlock/core";

/** What a job is given. */
export interface JobContext {
  /** The adapters that it was started for, loaded, in the same order. */
  readonly adapters: readonly Adapter[];
  /** What the caller passed as input, by way of JSON. Whoever reads it checks it. */
  readonly input: unknown;
  /** Tells the caller something at once. Must be JSON. */
  emit(event: unknown): void;
  /** Aborts when the caller calls the job off, its time is up, or the caller is gone; clean up and end. */
  readonly signal: AbortSignal;
}

/** The default export of a job's module: work to be done in an adapter's own runtime. What it returns must be JSON. */
export type Job = (context: JobContext) => MaybePromise<unknown>;
