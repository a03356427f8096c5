import type { Machine } from "./machine.ts";
import type { Trace, Verdict } from "./model.ts";
import type { State } from "./state.ts";

/** What a search has found so far. */
export class Findings {
  states = 0;
  transitions = 0;
  terminalStates = 0;
  depth = 0;
  readonly #machine: Machine;
  readonly #ends = new Set<string>();

  constructor(machine: Machine) {
    this.#machine = machine;
  }

  /** Takes note of a state in which nobody goes on. Returns what is wrong with it. */
  addEnd(state: State): string | undefined {
    const wrong = this.#machine.wrongAtEnd(state);
    if (wrong !== undefined) return wrong;
    this.terminalStates++;
    this.#ends.add(this.#machine.endOf(state));
    return undefined;
  }

  verdict(verdict: "proved" | "unknown", covered: string): Verdict {
    return { verdict, covered, ...this.#counts() };
  }

  violated(trace: Trace, covered: string): Verdict {
    const { violation } = trace;
    return { verdict: "violation", covered, ...this.#counts(), violation, trace };
  }

  #counts(): Omit<Verdict, "verdict" | "covered"> {
    const { states, transitions, terminalStates, depth } = this;
    const { maxBypass } = this.#machine;
    return { states, transitions, terminalStates, depth, maxBypass, ends: [...this.#ends].sort() };
  }
}
