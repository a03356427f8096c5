import type { Machine } from "./machine.ts";
import { mayGoRound, type StepGraph } from "./step-graph.ts";
import { componentsOf } from "./strong-components.ts";
import type { Made, VisitedStates } from "./visited-states.ts";

/** Moves that lead from a state back to it, without anybody entering or ending. */
export interface FairCycle {
  readonly from: number;
  readonly moves: readonly Made[];
  /** Who goes round. */
  readonly threads: readonly string[];
}

/** @param threads - the names of those who go round */
export function violationOf(threads: readonly string[]): string {
  return `nobody gets on; these go round for ever: ${threads.join(", ")}`;
}

interface Edge extends Made {
  readonly to: number;
}

/**
 * Looks for a cycle without progress in which nobody is left behind: each thread either makes
 * steps in it, or sleeps or has ended at some time of it (weak fairness). A strongly connected
 * component has such a cycle if and only if it satisfies this as a whole, since one cycle can go
 * through all of it (Orna Lichtenstein and Amir Pnueli, "Checking that Finite State Concurrent Programs
 * Satisfy Their Linear Specification", 1985). That a sleeper wakes by chance is no step: what never
 * happens otherwise is found as a sleep for ever.
 */
export function findFairCycle(
  machine: Machine,
  visited: VisitedStates,
  graph: StepGraph,
): FairCycle | undefined {
  const edges = (number: number): Edge[] => edgesFrom(machine, visited, number);
  for (const component of componentsOf(graph)) {
    const found = new Component(machine, visited, component, edges).fairCycle();
    if (found !== undefined) return found;
  }
  return undefined;
}

function edgesFrom(machine: Machine, visited: VisitedStates, number: number): Edge[] {
  const before = visited.get(number);
  const edges: Edge[] = [];
  for (const move of machine.moves(before)) {
    const outcome = machine.take(before, move);
    if (mayGoRound(move, outcome)) edges.push({ before, move, to: visited.find(outcome.state) });
  }
  return edges;
}

class Component {
  readonly #machine: Machine;
  readonly #visited: VisitedStates;
  readonly #members: ReadonlySet<number>;
  readonly #edges: (number: number) => Edge[];

  constructor(
    machine: Machine,
    visited: VisitedStates,
    members: readonly number[],
    edges: (number: number) => Edge[],
  ) {
    this.#machine = machine;
    this.#visited = visited;
    this.#members = new Set(members);
    this.#edges = (number) => edges(number).filter(({ to }) => this.#members.has(to));
  }

  fairCycle(): FairCycle | undefined {
    const movers = new Set<number>();
    const resters = new Set<number>();
    const threads = Array.from({ length: this.#machine.threads }, (_, thread) => thread);
    for (const member of this.#members) {
      for (const { move } of this.#edges(member)) movers.add(move.thread);
      const state = this.#visited.get(member);
      for (const thread of threads) if (!this.#machine.canGoOn(state, thread)) resters.add(thread);
    }
    if (threads.some((thread) => !movers.has(thread) && !resters.has(thread))) return undefined;
    let from = Infinity; // the one that is nearest to the start
    for (const member of this.#members) {
      if (!this.#machine.isAwaited(this.#visited.get(member))) return undefined;
      from = Math.min(from, member);
    }
    const names = threads.filter((thread) => movers.has(thread));
    return {
      from,
      moves: this.#cycle(from, threads, movers),
      threads: names.map((thread) => this.#machine.nameOf(thread)),
    };
  }

  /** A way round on which each thread steps, or is seen at rest. */
  #cycle(from: number, threads: readonly number[], movers: ReadonlySet<number>): Made[] {
    const way: Made[] = [];
    let at = from;
    const go = (edges: readonly Edge[]): void => {
      way.push(...edges.map(({ before, move }) => ({ before, move })));
      at = edges.at(-1)?.to ?? at;
    };
    for (const thread of threads) {
      if (movers.has(thread)) go(this.#shortest(at, (edge) => edge.move.thread === thread));
      else if (this.#machine.canGoOn(this.#visited.get(at), thread))
        go(this.#shortest(at, ({ to }) => !this.#machine.canGoOn(this.#visited.get(to), thread)));
    }
    if (at !== from || way.length === 0) go(this.#shortest(at, ({ to }) => to === from));
    return way;
  }

  /** The shortest way inside the component whose last edge satisfies `isLast`. */
  #shortest(start: number, isLast: (edge: Edge) => boolean): Edge[] {
    const cameBy = new Map<number, Edge & { readonly from: number }>();
    const open = [start];
    for (const from of open) {
      for (const edge of this.#edges(from)) {
        if (isLast(edge)) return [...this.#wayTo(from, start, cameBy), edge];
        if (edge.to === start || cameBy.has(edge.to)) continue;
        cameBy.set(edge.to, { ...edge, from });
        open.push(edge.to);
      }
    }
    throw new Error("a component is not strongly connected"); // a fault of the explorer's
  }

  #wayTo(
    number: number,
    start: number,
    cameBy: ReadonlyMap<number, Edge & { readonly from: number }>,
  ): Edge[] {
    const way: Edge[] = [];
    for (let at = number; at !== start;) {
      const edge = cameBy.get(at)!;
      way.unshift(edge);
      at = edge.from;
    }
    return way;
  }
}
