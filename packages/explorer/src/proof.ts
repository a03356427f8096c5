import type { Model, Search } from "./model.ts";

/** A lock in one configuration, for a page of proofs: what is explored there, and under which name. */
export interface Proof {
  /** What is explored, as `FutexWord`. */
  readonly lock: string;
  readonly contenders: number;
  /** How often each of them takes the lock. */
  readonly rounds: number;
  /** What besides is as it need not be, in a few words. */
  readonly with?: string;
  readonly model: () => Model;
  /** For what is too large to be proved: which part is searched. */
  readonly search?: Search;
}
