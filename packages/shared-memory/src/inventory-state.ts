import type { FencingToken, Inventory } from "@ticketlock/core";
import { exploration } from "./exploration.ts";
import { LINE } from "./shared-region.ts";

/** Words of one record. */
const CAPACITY = 0;
const REMAINING = 1;
const SALES = 2;
const VERSION = 3; // and 4
const FENCE = 5; // and 6
const TWO_32 = 4_294_967_296;

/** Everything that one commit changes together. */
export interface State extends Inventory {
  /** Entries of the journal that count. */
  readonly sales: number;
  readonly fence: FencingToken;
}

/**
 * The store's state, twice: the sequence word's lowest bit tells which record counts. A commit writes
 * the other record and then adds one to the sequence, in one step. So a writer may die at any
 * instant, and a reader needs no lock: if the sequence is the same after reading, what it read is
 * of one commit (a sequence lock with two copies; compare Hans Boehm, "Can seqlocks get along with
 * programming language memory models?", 2012).
 */
export class InventoryState {
  readonly #words: Int32Array;
  readonly #base: number;

  constructor(words: Int32Array, base: number) {
    this.#words = words;
    this.#base = base;
  }

  /** The sequence, and the two records. */
  static readonly words: number = 3 * LINE;

  /** All tickets unsold. Before the memory is shared. */
  initialize(capacity: number): void {
    this.commit({ capacity, remaining: capacity, version: 0, sales: 0, fence: 0 });
  }

  read(): State {
    for (;;) {
      exploration.loop("read");
      const sequence = Atomics.load(this.#words, this.#base);
      const at = this.#record(sequence);
      const state = {
        capacity: Atomics.load(this.#words, at + CAPACITY),
        remaining: Atomics.load(this.#words, at + REMAINING),
        sales: Atomics.load(this.#words, at + SALES),
        version: this.#wide(at + VERSION),
        fence: this.#wide(at + FENCE),
      };
      if (Atomics.load(this.#words, this.#base) === sequence) return state;
    }
  }

  /** Makes `state` the one that counts. Under the latch. */
  commit(state: State): void {
    const sequence = this.#words[this.#base]!;
    const at = this.#record(sequence + 1);
    this.#words[at + CAPACITY] = state.capacity;
    this.#words[at + REMAINING] = state.remaining;
    this.#words[at + SALES] = state.sales;
    this.#words[at + VERSION] = state.version | 0;
    this.#words[at + VERSION + 1] = Math.floor(state.version / TWO_32);
    this.#words[at + FENCE] = state.fence | 0;
    this.#words[at + FENCE + 1] = Math.floor(state.fence / TWO_32);
    Atomics.store(this.#words, this.#base, (sequence + 1) | 0); // pairs with the loads in read
  }

  #record(sequence: number): number {
    return this.#base + (1 + (sequence & 1)) * LINE;
  }

  #wide(at: number): number {
    return Atomics.load(this.#words, at + 1) * TWO_32 + (Atomics.load(this.#words, at) >>> 0);
  }
}
