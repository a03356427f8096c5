import { Continuations, type Continuation } from "./continuations.ts";
import type { Marker, Operation, Program, Result } from "./replay.ts";

/** One thread of the model. */
export interface Thread {
  readonly name: string;
  readonly program: Program;
  /** May be killed at any step, while `deaths` last. */
  readonly mortal?: boolean;
  /** Runs only once the thread of this name has been killed: whoever learns of that death. */
  readonly afterDeathOf?: string;
}

export interface Model {
  readonly threads: readonly Thread[];
  /** What the words hold at the start, by index; 0 where it says nothing. */
  readonly memory?: Readonly<Record<number, number>>;
  /** How many of the mortal threads may die. */
  readonly deaths?: number;
  /** A thread that dies asleep stays in the queue, and swallows a notification. */
  readonly zombies?: boolean;
  /** How often others may enter between a thread's arrival and its entrance. */
  readonly bypassLimit?: number;
  /** What is wrong with the memory when all threads have ended; `undefined` if nothing is. */
  readonly whenOver?: (word: (at: number) => number) => string | undefined;
  readonly maxStates?: number;
}

export interface Verdict {
  /** `unknown`: there are more states than `maxStates`. */
  readonly verdict: "proved" | "violated" | "unknown";
  readonly states: number;
  /** States in which all threads have ended or died. */
  readonly ends: readonly string[];
  readonly maxBypass: number;
  readonly violation?: string;
  /** The steps that lead to it; the fewest that do. */
  readonly trace?: readonly string[];
}

const DEFAULT_MAX_STATES = 4_000_000;

const WAITS_TO_START = 0;
const RUNS = 1;
const DEAD = 2;
const OUTSIDE = -1;
const AWAKE = -1;

/** One thread's part of a state. Never changed, only replaced. */
interface Standing {
  readonly at: Continuation;
  readonly life: typeof WAITS_TO_START | typeof RUNS | typeof DEAD;
  /** The word on which it sleeps. */
  readonly asleepOn: number;
  readonly inside: boolean;
  /** How often it was overtaken since it arrived. */
  readonly bypassed: number;
}

interface State {
  readonly threads: Standing[];
  /** Sleepers in the order in which they fell asleep. */
  queue: readonly number[];
  memory: number[];
  deathsLeft: number;
}

interface Visit {
  readonly state: State;
  readonly step: string;
  readonly from: Visit | undefined;
}

class Violation extends Error {}

/**
 * Explores every interleaving of the threads' operations, with deaths at every step, and checks in
 * each state: no two threads inside, nobody asleep at the end, nobody overtaken too often, nothing
 * thrown. Code between two operations takes no time of its own: a thread is inside from the
 * operation that let it in until its next one.
 */
export function explore(model: Model): Verdict {
  const search = new Search(model);
  const verdict = search.run("depth-first");
  if (verdict.verdict !== "violated") return verdict;
  const shortest = new Search(model).run("breadth-first");
  return shortest.verdict === "violated" ? shortest : verdict;
}

class Search {
  readonly #model: Model;
  readonly #programs: Continuations[];
  readonly #maxStates: number;
  readonly #seen = new Set<string>();
  readonly #ends = new Set<string>();
  /** Dense numbers for the words and values that occur. */
  readonly #slots = new Map<number, number>();
  readonly #initial: number[] = [];
  readonly #values = new Map<number, number>();
  #maxBypass = 0;

  constructor(model: Model) {
    this.#model = model;
    this.#programs = model.threads.map(({ program }) => new Continuations(program));
    this.#maxStates = model.maxStates ?? DEFAULT_MAX_STATES;
  }

  run(order: "depth-first" | "breadth-first"): Verdict {
    let visit: Visit | undefined;
    let step = "start";
    try {
      const open: Visit[] = [];
      let taken = 0;
      const reach = (state: State): void => {
        const key = this.#keyOf(state);
        if (this.#seen.has(key)) return;
        this.#seen.add(key);
        open.push({ state, step, from: visit });
      };
      reach(this.#start());
      while (this.#seen.size <= this.#maxStates) {
        visit = order === "depth-first" ? open.pop() : open[taken++];
        if (visit === undefined) return this.#verdict("proved");
        const { state } = visit;
        let live = false;
        for (const [what, thread, kill] of this.#steps(state)) {
          step = what;
          live ||= !kill;
          const next = { ...state, threads: [...state.threads] };
          if (kill) this.#kill(next, thread);
          else this.#advance(next, thread);
          reach(next);
        }
        if (!live) this.#checkEnd(state);
      }
      return this.#verdict("unknown");
    } catch (error) {
      if (!(error instanceof Violation)) throw error;
      const trace: string[] = [step];
      for (let at = visit; at !== undefined; at = at.from) trace.unshift(at.step);
      return { ...this.#verdict("violated"), violation: error.message, trace };
    }
  }

  #verdict(verdict: Verdict["verdict"]): Verdict {
    return {
      verdict,
      states: this.#seen.size,
      ends: [...this.#ends].sort(),
      maxBypass: this.#maxBypass,
    };
  }

  #start(): State {
    const { threads, deaths = 0 } = this.#model;
    const state: State = { threads: [], queue: [], memory: [], deathsLeft: deaths };
    for (const [i, { afterDeathOf }] of threads.entries()) {
      const life = afterDeathOf === undefined ? RUNS : WAITS_TO_START;
      state.threads.push({
        at: this.#start1(i),
        life,
        asleepOn: AWAKE,
        inside: false,
        bypassed: OUTSIDE,
      });
    }
    for (const [i] of threads.entries()) this.#passMarkers(state, i, "arriving");
    return state;
  }
}
