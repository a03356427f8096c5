import type { MutexOperation } from "./models/mutex.ts";
import type { RegisterOperation, RegisterValue } from "./models/register.ts";
import type { TicketPoolOperation } from "./models/ticket-pool-operation.ts";

/** Which object the calls were made on, and how it was before the first of them. */
export type Settings =
  | { readonly model: "register"; readonly initial: RegisterValue }
  | { readonly model: "mutex" }
  | { readonly model: "ticket-pool"; readonly capacity: number };

export type ModelName = Settings["model"];

export const modelNames: readonly ModelName[] = ["register", "mutex", "ticket-pool"];

export type Operation = RegisterOperation | MutexOperation | TicketPoolOperation;

/** One call by one client. Its operation has its result, if it returned. */
export interface Call<O = Operation> {
  readonly client: string;
  /** The lock, store or register it was made on; "" where the history names none. */
  readonly object: string;
  readonly operation: O;
  /** Nanoseconds of a clock that all clients share. */
  readonly calledNs: bigint;
  /**
   * `undefined`: the outcome is not known, as of a client that died or gave up. The call may take
   * effect at any time after it began, or never.
   */
  readonly returnedNs: bigint | undefined;
  /** Line of the file that tells of it, from 1. */
  readonly line: number;
}

/** What a file tells, or a program has recorded. */
export interface History {
  readonly settings: Settings;
  /** In the order of the file. Calls that are known to have had no effect are not among them. */
  readonly calls: readonly Call[];
  /** How far two clients' clocks may be apart, in nanoseconds: calls that are so close count as overlapping. */
  readonly clockErrorNs: bigint;
}
