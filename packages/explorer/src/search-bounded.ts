import { NO_MEMORY, unlessOutOfMemory } from "./allocate.ts";
import { Findings } from "./findings.ts";
import { GrowingNumbers } from "./growing-numbers.ts";
import type { Machine, Move, Outcome } from "./machine.ts";
import type { Verdict } from "./model.ts";
import { CURRENT, type State } from "./state.ts";
import { traceOf } from "./trace.ts";
import { type Made, VisitedStates } from "./visited-states.ts";

/**
 * Visits the states that can be come to with at most `bound` preemptions: switches away from a thread
 * that could go on (Madanlal Musuvathi and Shaz Qadeer, "Iterative Context Bounding for Systematic
 * Testing of Multithreaded Programs", 2007). Switches from one that sleeps, has ended or is dead are
 * free, and so are deaths and the ends of times. Fewest preemptions first, so that a violation's trace
 * has the fewest.
 */
export function searchBounded(machine: Machine, bound: number, maxStates: number): Verdict {
  return new BoundedSearch(machine, bound, maxStates).run();
}

class BoundedSearch {
  readonly #machine: Machine;
  readonly #bound: number;
  readonly #maxStates: number;
  readonly #visited: VisitedStates;
  readonly #findings: Findings;
  /** With how few preemptions each state was come to. */
  readonly #costs = new GrowingNumbers();
  /** How many steps the way to each state has. */
  readonly #depths = new GrowingNumbers();
  /** States to be looked at, by their cost. Those whose cost has sunk since are looked at elsewhere. */
  readonly #open: GrowingNumbers[] = [];
  /** What is looked at now has so many preemptions. */
  #cost = 0;

  constructor(machine: Machine, bound: number, maxStates: number) {
    this.#machine = machine;
    this.#bound = bound;
    this.#maxStates = maxStates;
    this.#visited = new VisitedStates(machine, (state, move) => this.#take(state, move));
    this.#findings = new Findings(machine);
    for (let cost = 0; cost <= bound; cost++) this.#open.push(new GrowingNumbers());
  }

  run(): Verdict {
    return unlessOutOfMemory(
      () => this.#search(),
      () => this.#unknown(this.#cost, NO_MEMORY),
    );
  }

  #search(): Verdict {
    const { state, violation } = this.#machine.start();
    this.#reach(state, undefined, 0, 0);
    const wrong = violation ?? this.#wrongIn(state);
    if (wrong !== undefined) return this.#violated([], wrong);
    for (const [cost, open] of this.#open.entries()) {
      this.#cost = cost;
      for (let i = 0; i < open.length; i++) {
        const number = open.get(i);
        if (this.#costs.get(number) !== cost) continue;
        if (this.#visited.size > this.#maxStates) return this.#unknown(cost);
        const found = this.#expand(number, cost);
        if (found !== undefined) return found;
      }
    }
    return this.#unknown(this.#bound + 1);
  }

  #expand(number: number, cost: number): Verdict | undefined {
    const before = this.#visited.get(number);
    for (const move of this.#machine.moves(before)) {
      const nextCost = cost + this.#costOf(before, move);
      if (nextCost > this.#bound) continue;
      const { state, violation } = this.#take(before, move);
      this.#findings.transitions++;
      const isNew = this.#reach(state, number, nextCost, this.#depths.get(number) + 1);
      const wrong = violation ?? (isNew ? this.#wrongIn(state) : undefined);
      if (wrong !== undefined)
        return this.#violated([...this.#visited.wayTo(number), { before, move }], wrong);
    }
    return undefined;
  }

  /** What is wrong with a state that was not come to before. */
  #wrongIn(state: State): string | undefined {
    const wrong = this.#machine.wrongIn(state);
    return wrong ?? (this.#machine.isOver(state) ? this.#findings.addEnd(state) : undefined);
  }

  /** True if the state was not come to before. */
  #reach(state: State, from: number | undefined, cost: number, depth: number): boolean {
    const known = this.#visited.size;
    const number = this.#visited.reach(state, from);
    if (number === known) {
      this.#costs.push(cost);
      this.#depths.push(depth);
    } else {
      if (this.#costs.get(number) <= cost) return false;
      this.#costs.set(number, cost);
      this.#depths.set(number, depth);
      this.#visited.setParent(number, from!);
    }
    this.#findings.depth = Math.max(this.#findings.depth, depth);
    this.#open[cost]!.push(number);
    return number === known;
  }

  /** The machine's step; the state says who ran last, if he can go on. */
  #take(before: State, move: Move): Outcome {
    const outcome = this.#machine.take(before, move);
    const { state } = outcome;
    if (move.what === "steps") state[CURRENT] = move.thread + 1;
    if (state[CURRENT] !== 0 && !this.#isRunnable(state, state[CURRENT]! - 1)) state[CURRENT] = 0;
    return outcome;
  }

  #costOf(state: State, { thread, what }: Move): 0 | 1 {
    return what === "steps" && state[CURRENT] !== 0 && state[CURRENT] !== thread + 1 ? 1 : 0;
  }

  #isRunnable(state: State, thread: number): boolean {
    return (
      this.#machine.operationOf(state, thread) !== undefined &&
      !this.#machine.isAsleep(state, thread)
    );
  }

  /** @param cost - the first number of preemptions for which not all was looked at */
  #unknown(cost: number, why: string = ""): Verdict {
    this.#findings.states = this.#visited.size;
    const covered = cost === 0 ? "a part of what needs no preemption" : coverage(cost - 1);
    return this.#findings.verdict("unknown", covered + why);
  }

  #violated(way: readonly Made[], violation: string): Verdict {
    this.#findings.states = this.#visited.size;
    const trace = traceOf(this.#machine, way, violation);
    return this.#findings.violated(trace, `a part of ${coverage(this.#bound)}`);
  }
}

function coverage(preemptions: number): string {
  return `every interleaving with at most ${preemptions} preemption${preemptions === 1 ? "" : "s"}`;
}
