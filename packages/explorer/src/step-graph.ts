import { GrowingNumbers } from "./growing-numbers.ts";
import type { Move, Outcome } from "./machine.ts";
import type { Graph } from "./strong-components.ts";

/** True of a step that a cycle without progress may have. Nobody counts on a death, or on waking by chance. */
export function mayGoRound({ what }: Move, { progress }: Outcome): boolean {
  return !progress && what !== "wakes" && what !== "dies";
}

/** Which states lead to which by such steps: four bytes for each state and each step. */
export class StepGraph implements Graph {
  readonly #targets = new GrowingNumbers();
  /** Where the targets of each state begin. */
  readonly #starts = new GrowingNumbers();
  #leadsBack = false;

  /** The steps that are added next lead from the next state. */
  addState(): void {
    this.#starts.push(this.#targets.length);
  }

  addStep(to: number): void {
    this.#targets.push(to);
    if (to < this.#starts.length) this.#leadsBack = true;
  }

  /** False if there is no cycle, since every step leads to a state with a higher number. */
  get mayHaveCycles(): boolean {
    return this.#leadsBack;
  }

  get size(): number {
    return this.#starts.length;
  }

  /** How many steps lead from the state. */
  degreeOf(state: number): number {
    const isLast = state + 1 === this.size;
    return (isLast ? this.#targets.length : this.#starts.get(state + 1)) - this.#starts.get(state);
  }

  /** Where one of them leads to. */
  targetOf(state: number, step: number): number {
    return this.#targets.get(this.#starts.get(state) + step);
  }
}
