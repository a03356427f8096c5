import type { Machine } from "../models/model.ts";
import { CallSet } from "./call-set.ts";
import type { Slice } from "./slice.ts";

/**
 * Calls of unknown outcome that are worth trying. Of those that are the same step, the one that
 * began first goes first; without that, k of them would make 2^k configurations instead of k + 1.
 */
export class LateCalls {
  readonly #calls: readonly number[];
  readonly #calledAt: readonly number[];
  /** The one of the same class that began before, or -1. */
  readonly #before: readonly number[];
  readonly #places = new Map<number, number>();
  readonly taken: CallSet;

  constructor({ known, unknown }: Slice, machine: Machine) {
    const calls: number[] = [];
    const calledAt: number[] = [];
    const before: number[] = [];
    const lastOf = new Map<string, number>();
    for (const [i, ranked] of unknown.entries()) {
      const call = known.length + i;
      const name = machine.classOf(call);
      if (name === undefined) continue;
      const place = calls.push(call) - 1;
      calledAt.push(ranked.calledAt);
      before.push(lastOf.get(name) ?? -1);
      lastOf.set(name, place);
      this.#places.set(call, place);
    }
    this.#calls = calls;
    this.#calledAt = calledAt;
    this.#before = before;
    this.taken = new CallSet(calls.length);
  }

  get length(): number {
    return this.#calls.length;
  }

  callOf(place: number): number {
    return this.#calls[place]!;
  }

  placeOf(call: number): number {
    return this.#places.get(call)!;
  }

  /** Rises with the place. */
  calledAt(place: number): number {
    return this.#calledAt[place]!;
  }

  mayGo(place: number): boolean {
    const before = this.#before[place]!;
    return !this.taken.has(place) && (before < 0 || this.taken.has(before));
  }
}
