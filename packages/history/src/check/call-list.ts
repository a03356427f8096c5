import { CallSet } from "./call-set.ts";
import type { RankedCall } from "./slice.ts";

/**
 * Calls that are still to be taken, as a doubly linked list of their beginnings and returns in real
 * time: a call may be taken if its beginning stands before every return. Taking one and putting it
 * back are a few steps, as long as what was taken last is put back first.
 */
export class CallList {
  readonly #next: Int32Array;
  readonly #previous: Int32Array;
  readonly #ranks: Int32Array;
  readonly #head: number;
  readonly taken: CallSet;
  #size: number;

  /** @param calls - in the order in which they began; each has returned */
  constructor(calls: readonly RankedCall[]) {
    this.#size = calls.length;
    this.#head = 2 * calls.length;
    this.taken = new CallSet(calls.length);
    this.#ranks = new Int32Array(2 * calls.length);
    for (const [i, { calledAt, returnedAt }] of calls.entries()) {
      this.#ranks[2 * i] = calledAt;
      this.#ranks[2 * i + 1] = returnedAt;
    }
    const nodes = Int32Array.from(this.#ranks.keys()).sort(
      (a, b) => this.#ranks[a]! - this.#ranks[b]!,
    );
    this.#next = new Int32Array(2 * calls.length + 1).fill(this.#head);
    this.#previous = new Int32Array(2 * calls.length + 1).fill(this.#head);
    let last = this.#head;
    for (const node of nodes) {
      this.#next[last] = node;
      this.#previous[node] = last;
      last = node;
    }
    this.#next[last] = this.#head;
    this.#previous[this.#head] = last;
  }

  /** How many calls are still to be taken. */
  get size(): number {
    return this.#size;
  }

  /** The first node. Always a beginning, as long as there are any: that of the call that began first. */
  get first(): number {
    return this.#next[this.#head]!;
  }

  after(node: number): number {
    return this.#next[node]!;
  }

  isCall(node: number): boolean {
    return (node & 1) === 0 && node !== this.#head;
  }

  callAt(node: number): number {
    return node >> 1;
  }

  nodeOf(call: number): number {
    return 2 * call;
  }

  rankOf(node: number): number {
    return this.#ranks[node]!;
  }

  /** Rank of the first return, of a list that is not empty. */
  firstReturn(): number {
    let node = this.first;
    while (this.isCall(node)) node = this.#next[node]!;
    return this.#ranks[node]!;
  }

  take(call: number): void {
    this.#unlink(2 * call);
    this.#unlink(2 * call + 1);
    this.taken.add(call);
    this.#size--;
  }

  /** Undoes the last `take` that is not undone yet. */
  putBack(call: number): void {
    this.#link(2 * call + 1);
    this.#link(2 * call);
    this.taken.delete(call);
    this.#size++;
  }

  #unlink(node: number): void {
    this.#next[this.#previous[node]!] = this.#next[node]!;
    this.#previous[this.#next[node]!] = this.#previous[node]!;
  }

  #link(node: number): void {
    this.#next[this.#previous[node]!] = node;
    this.#previous[this.#next[node]!] = node;
  }
}
