import { findFairCycle } from "./fair-cycles.ts";
import { Findings } from "./findings.ts";
import type { Machine } from "./machine.ts";
import type { Verdict } from "./model.ts";
import type { State } from "./state.ts";
import { traceOf } from "./trace.ts";
import { type Made, VisitedStates } from "./visited-states.ts";

/**
 * Visits every state, nearest first, so that the first violation found is one of the fewest steps.
 * Each state is visited once, whatever ways lead to it.
 */
export function searchExhaustively(machine: Machine, maxStates: number): Verdict {
  return new ExhaustiveSearch(machine, maxStates).run();
}

class ExhaustiveSearch {
  readonly #machine: Machine;
  readonly #maxStates: number;
  readonly #visited: VisitedStates;
  readonly #findings: Findings;
  /** The first state that is farther than those looked at now. */
  #nextDepthAt = 1;

  constructor(machine: Machine, maxStates: number) {
    this.#machine = machine;
    this.#maxStates = maxStates;
    this.#visited = new VisitedStates(machine, (state, move) => machine.take(state, move));
    this.#findings = new Findings(machine);
  }

  run(): Verdict {
    const { state, violation } = this.#machine.start();
    this.#visited.reach(state);
    const wrong = violation ?? this.#wrongIn(state);
    if (wrong !== undefined) return this.#violated([], wrong);
    // The numbers of states are the order in which they are looked at.
    for (let number = 0; number < this.#visited.size; number++) {
      if (this.#visited.size > this.#maxStates) return this.#unknown();
      if (number === this.#nextDepthAt) {
        this.#findings.depth++;
        this.#nextDepthAt = this.#visited.size;
      }
      const found = this.#expand(number);
      if (found !== undefined) return found;
    }
    return this.#machine.model.fairCycles === true ? this.#lookForCycles() : this.#proved();
  }

  #expand(number: number): Verdict | undefined {
    const before = this.#visited.get(number);
    for (const move of this.#machine.moves(before)) {
      const { state, violation } = this.#machine.take(before, move);
      this.#findings.transitions++;
      const known = this.#visited.size;
      const isNew = this.#visited.reach(state, number) === known;
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

  #lookForCycles(): Verdict {
    const cycle = findFairCycle(this.#machine, this.#visited);
    if (cycle === undefined) return this.#proved();
    const way = this.#visited.wayTo(cycle.from);
    const violation = `nobody gets on; these go round for ever: ${cycle.threads.join(", ")}`;
    const trace = traceOf(this.#machine, [...way, ...cycle.moves], violation);
    this.#findings.states = this.#visited.size;
    return this.#findings.violated({ ...trace, cycleFrom: way.length }, "every interleaving");
  }

  #proved(): Verdict {
    this.#findings.states = this.#visited.size;
    return this.#findings.verdict("proved", "every interleaving");
  }

  #unknown(): Verdict {
    this.#findings.states = this.#visited.size;
    return this.#findings.verdict("unknown", this.#covered());
  }

  #violated(way: readonly Made[], violation: string): Verdict {
    this.#findings.states = this.#visited.size;
    return this.#findings.violated(traceOf(this.#machine, way, violation), this.#covered());
  }

  #covered(): string {
    return `the first ${this.#findings.depth} steps of every interleaving`;
  }
}
