import type { Machine } from "../models/model.ts";
import { CallList } from "./call-list.ts";
import { ConfigurationKeys } from "./configuration-keys.ts";
import { LateCalls } from "./late-calls.ts";
import type { Slice } from "./slice.ts";

/** What a search has found. */
export interface Found {
  readonly verdict: "ok" | "violation" | "unknown";
  /** How often it asked what a call does to a state. */
  readonly steps: number;
  /** Calls in the order that gets farthest: those before `blockedAt` are all in it. Numbered as in `Machine`. */
  readonly order: readonly number[];
  /** The first return that no order got past, by its rank; -1 if the search met none. */
  readonly blockedAt: number;
  /** States in which orders stood before that return: some, if they are many. */
  readonly states: readonly number[];
}

/** More would say nothing more to a reader. */
const MAX_STATES_TOLD = 8;

/**
 * Searches for an order of the calls that respects real time and in which each call has the result it
 * had: exhaustive, so its verdict is exact, unless it reaches `limit` steps.
 *
 * Source: J. M. Wing and C. Gong, "Testing and verifying concurrent objects" (Journal of Parallel and
 * Distributed Computing, 1993): depth first, a call may come next if no call that is still to come
 * had returned before it began. G. Lowe, "Testing for linearizability" (Concurrency and Computation,
 * 2017): a configuration, which calls have been taken and the state they led to, is never visited
 * twice. Besides, a call that never changes a state is taken as soon as it fits, with no way back:
 * wherever else it stands in a valid order, it may stand here. Calls of unknown outcome are
 * tried when no other fits, and only calls that did not fit before one are tried after it.
 */
export class Search {
  readonly #machine: Machine;
  readonly #limit: number;
  readonly #list: CallList;
  readonly #late: LateCalls;
  readonly #keys: ConfigurationKeys;
  readonly #knownCount: number;
  /** The calls taken so far, and the states before each. */
  readonly #taken: number[] = [];
  readonly #statesBefore: number[] = [];
  #state: number;
  #steps = 0;
  /** Where to go on: a node of the list; or, from -1 downwards, the late calls. */
  #cursor: number;
  #order: number[] = [];
  /** How many calls `#order` and `#taken` have in common at their beginnings, at least. */
  #agreed = 0;
  #blockedAt = -1;
  readonly #statesAt = new Set<number>();

  constructor(machine: Machine, slice: Slice, limit: number) {
    this.#machine = machine;
    this.#limit = limit;
    this.#knownCount = slice.known.length;
    this.#list = new CallList(slice.known);
    this.#late = new LateCalls(slice, machine);
    this.#keys = new ConfigurationKeys([this.#list.taken, this.#late.taken]);
    this.#state = machine.initial;
    this.#cursor = this.#list.first;
  }

  run(): Found {
    while (this.#list.size > 0) {
      if (this.#steps >= this.#limit) return this.#found("unknown");
      if (this.#goOn()) this.#cursor = this.#list.first;
      else if (!this.#goBack()) return this.#found("violation");
    }
    this.#keepOrder();
    return this.#found("ok");
  }

  #found(verdict: Found["verdict"]): Found {
    return {
      verdict: this.#steps > this.#limit ? "unknown" : verdict,
      steps: this.#steps,
      order: this.#order,
      blockedAt: this.#blockedAt,
      states: [...this.#statesAt],
    };
  }

  /** Takes the next call that leads to a new configuration; false if there is none. */
  #goOn(): boolean {
    let node = this.#cursor;
    if (node >= 0) {
      for (; this.#list.isCall(node); node = this.#list.after(node)) {
        const taken = this.#take(this.#list.callAt(node));
        if (taken !== "no") return taken === "yes";
      }
      this.#noteBlocked(this.#list.rankOf(node));
      node = -1;
    }
    const until = this.#list.firstReturn();
    for (let late = -1 - node; late < this.#late.length; late++) {
      if (this.#late.calledAt(late) > until) return false;
      if (this.#takeLate(late)) return true;
    }
    return false;
  }

  /** `seen`: it never changes a state and fits, but what follows has been searched in vain. */
  #take(call: number): "yes" | "no" | "seen" {
    this.#steps++;
    const next = this.#machine.next(this.#state, call);
    if (next < 0 || this.#fittedBeforeLate(call)) return "no";
    this.#list.take(call);
    if (this.#keys.isNew(next)) {
      this.#push(call, next);
      return "yes";
    }
    this.#list.putBack(call);
    return this.#machine.isObservation(call) ? "seen" : "no";
  }

  /**
   * True if the last call taken was a late one, and this one fitted before it. Then it has been tried
   * there, in vain: see `Machine.next`.
   */
  #fittedBeforeLate(call: number): boolean {
    const last = this.#taken.at(-1);
    if (last === undefined || last < this.#knownCount) return false;
    return this.#machine.next(this.#statesBefore.at(-1)!, call) >= 0;
  }

  #takeLate(late: number): boolean {
    if (!this.#late.mayGo(late)) return false;
    this.#steps++;
    const call = this.#late.callOf(late);
    const next = this.#machine.next(this.#state, call);
    if (next < 0 || next === this.#state) return false;
    this.#late.taken.add(late);
    if (this.#keys.isNew(next)) {
      this.#push(call, next);
      return true;
    }
    this.#late.taken.delete(late);
    return false;
  }

  #push(call: number, next: number): void {
    this.#taken.push(call);
    this.#statesBefore.push(this.#state);
    this.#state = next;
  }

  /** Undoes calls up to the last one beside which another might be taken; false if there is none. */
  #goBack(): boolean {
    for (;;) {
      const call = this.#taken.pop();
      if (call === undefined) return false;
      this.#agreed = Math.min(this.#agreed, this.#taken.length);
      this.#state = this.#statesBefore.pop()!;
      if (call < this.#knownCount) {
        this.#list.putBack(call);
        if (this.#machine.isObservation(call)) continue;
        this.#cursor = this.#list.after(this.#list.nodeOf(call));
      } else {
        const late = this.#late.placeOf(call);
        this.#late.taken.delete(late);
        this.#cursor = -1 - (late + 1);
      }
      return true;
    }
  }

  /** Only what lies before this return could be taken. */
  #noteBlocked(rank: number): void {
    if (rank > this.#blockedAt) {
      this.#blockedAt = rank;
      this.#statesAt.clear();
      this.#keepOrder();
    }
    if (rank === this.#blockedAt && this.#statesAt.size < MAX_STATES_TOLD)
      this.#statesAt.add(this.#state);
  }

  /** Copies what is new only, so that a search which goes straight on costs no more than its length. */
  #keepOrder(): void {
    this.#order.length = this.#agreed;
    for (let i = this.#agreed; i < this.#taken.length; i++) this.#order.push(this.#taken[i]!);
    this.#agreed = this.#taken.length;
  }
}
