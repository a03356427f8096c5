import { NO_MEMORY, unlessOutOfMemory } from "./allocate.ts";
import { findFairCycle, violationOf } from "./fair-cycles.ts";
import { Findings } from "./findings.ts";
import type { Machine } from "./machine.ts";
import type { Verdict } from "./model.ts";
import type { State } from "./state.ts";
import { mayGoRound, StepGraph } from "./step-graph.ts";
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
  readonly #graph: StepGraph | undefined;

  constructor(machine: Machine, maxStates: number) {
    this.#machine = machine;
    this.#maxStates = maxStates;
    this.#visited = new VisitedStates(machine, (state, move) => machine.take(state, move));
    this.#findings = new Findings(machine);
    const { fairCycles = true } = machine.model;
    if (fairCycles) this.#graph = new StepGraph();
  }

  run(): Verdict {
    return unlessOutOfMemory(
      () => this.#search(),
      () => this.#unknown(NO_MEMORY),
    );
  }

  #search(): Verdict {
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
    return this.#lookForCycle() ?? this.#proved();
  }

  #expand(number: number): Verdict | undefined {
    const before = this.#visited.get(number);
    this.#graph?.addState();
    for (const move of this.#machine.moves(before)) {
      const outcome = this.#machine.take(before, move);
      const { state, violation } = outcome;
      this.#findings.transitions++;
      const known = this.#visited.size;
      const reached = this.#visited.reach(state, number);
      const isNew = reached === known;
      if (mayGoRound(move, outcome)) this.#graph?.addStep(reached);
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

  #lookForCycle(): Verdict | undefined {
    if (this.#graph === undefined || !this.#graph.mayHaveCycles) return undefined;
    const cycle = findFairCycle(this.#machine, this.#visited, this.#graph);
    if (cycle === undefined) return undefined;
    const way = this.#visited.wayTo(cycle.from);
    const trace = traceOf(this.#machine, [...way, ...cycle.moves], violationOf(cycle.threads));
    this.#findings.states = this.#visited.size;
    return this.#findings.violated({ ...trace, cycleFrom: way.length }, "every interleaving");
  }

  /** Unless nobody ever ends: then the questions that are asked at the end were never asked. */
  #proved(): Verdict {
    this.#findings.states = this.#visited.size;
    if (this.#findings.terminalStates === 0) {
      const covered =
        "every interleaving, but none ends, and what is asked at the end was not asked";
      return this.#findings.verdict("unknown", covered);
    }
    return this.#findings.verdict("proved", "every interleaving");
  }

  #unknown(why: string = ""): Verdict {
    this.#findings.states = this.#visited.size;
    return this.#findings.verdict("unknown", this.#covered() + why);
  }

  #violated(way: readonly Made[], violation: string): Verdict {
    this.#findings.states = this.#visited.size;
    return this.#findings.violated(traceOf(this.#machine, way, violation), this.#covered());
  }

  #covered(): string {
    return `the first ${this.#findings.depth} steps of every interleaving`;
  }
}
