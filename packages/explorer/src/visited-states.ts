import type { Machine, Move, Outcome } from "./machine.ts";
import type { State } from "./state.ts";
import { StateCodec } from "./state-codec.ts";
import { NOBODY, StateTable } from "./state-table.ts";

/** A move and the state in which it was made. */
export interface Made {
  readonly before: State;
  readonly move: Move;
}

/** How a move is made in a search: that of the machine, or with more put into the state. */
export type Take = (state: State, move: Move) => Outcome;

/** The states that a search has come to, and how. */
export class VisitedStates {
  readonly #machine: Machine;
  readonly #take: Take;
  readonly #codec: StateCodec;
  readonly #table = new StateTable();

  constructor(machine: Machine, take: Take) {
    this.#machine = machine;
    this.#take = take;
    this.#codec = new StateCodec(machine.threads, machine.words.initial);
  }

  get size(): number {
    return this.#table.size;
  }

  /** The state's number; a new one, the next in order, if it was not come to before. */
  reach(state: State, from: number = NOBODY): number {
    this.#codec.encode(state);
    return this.#table.add(this.#codec.bytes, this.#codec.length, from);
  }

  /** The number of a state; -1 if it was not come to. */
  find(state: State): number {
    this.#codec.encode(state);
    return this.#table.find(this.#codec.bytes, this.#codec.length);
  }

  get(number: number): State {
    return this.#table.read(number, (bytes, from, to) => this.#codec.decode(bytes, from, to));
  }

  setParent(number: number, parent: number): void {
    this.#table.setParent(number, parent);
  }

  /** The moves by which the state was come to. */
  wayTo(number: number): Made[] {
    const way: Made[] = [];
    for (let to = number; ;) {
      const from = this.#table.parentOf(to);
      if (from === NOBODY) return way.reverse();
      way.push(this.#between(from, to));
      to = from;
    }
  }

  #between(from: number, to: number): Made {
    const before = this.get(from);
    for (const move of this.#machine.moves(before))
      if (this.find(this.#take(before, move).state) === to) return { before, move };
    throw new Error(`state ${to} does not follow from state ${from}`); // a fault of the explorer's
  }
}
