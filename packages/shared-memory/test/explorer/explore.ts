import { Continuations, type Continuation } from "./continuations.ts";
import type { Marker, Operation, Program, Result } from "./replay.ts";

/** One thread of the model. */
export interface Thread {
  readonly name: string;
  readonly program: Program;
  /** May be killed before any of its operations, and asleep, while `deaths` last. */
  readonly mortal?: boolean;
  /** Runs only once the thread of this name has been killed: whoever learns of that death. */
  readonly afterDeathOf?: string;
}

export interface Model {
  readonly threads: readonly Thread[];
  /** What the words hold at the start, by index; 0 where it says nothing. */
  readonly memory?: ReadonlyMap<number, number>;
  /** How many of the mortal threads may die. */
  readonly deaths?: number;
  /** A thread that dies asleep stays in the queue, and swallows a notification. */
  readonly zombies?: boolean;
  /** How often others may enter between a thread's arrival and its entrance. */
  readonly bypassLimit?: number;
  /** What is wrong with the memory when all threads have ended; `undefined` if nothing is. */
  readonly whenOver?: (word: (at: number) => number) => string | undefined;
  /** False: every log is a state of its own. For small programs, to check that the marks hide nothing. */
  readonly usesMarks?: boolean;
  readonly maxStates?: number;
}

export interface Verdict {
  /** `unknown`: there are more states than `maxStates`. */
  readonly verdict: "proved" | "violated" | "unknown";
  readonly states: number;
  /** How it can come out: the words that have changed since the start, and who died. */
  readonly ends: readonly string[];
  /** How often a thread was overtaken at most. */
  readonly maxBypass: number;
  readonly violation?: string;
  /** The fewest steps that lead to the violation. */
  readonly trace?: readonly string[];
}

const DEFAULT_MAX_STATES = 2_000_000;

type Life = "waits to start" | "runs" | "dead";
const LIVES: readonly Life[] = ["waits to start", "runs", "dead"];

/** One thread's part of a state. Never changed, only replaced. */
interface Standing {
  readonly at: Continuation;
  readonly life: Life;
  readonly asleepOn: number | undefined;
  readonly inside: boolean;
  /** How often it was overtaken since it arrived; -1 if it has not. */
  readonly bypassed: number;
}

interface State {
  readonly threads: Standing[];
  /** Sleepers, those on one word in the order in which they fell asleep. */
  queue: readonly number[];
  /** By slot. */
  memory: readonly number[];
  deathsLeft: number;
}

/** A state and how it was come to. */
interface Visit {
  readonly state: State;
  readonly from: Visit | undefined;
  readonly thread: number;
  readonly kill: boolean;
}

class Violation extends Error {}

/**
 * Explores every interleaving of the threads' operations, with deaths before every one, and checks
 * that no two threads are ever inside, that nobody is asleep at the end (a deadlock or a lost
 * wake-up), that nobody is overtaken too often, and that no program throws. A thread is inside from
 * the operation that let it in until its next one.
 */
export function explore(model: Model): Verdict {
  const found = new Search(model).run("depth-first");
  if (found.verdict !== "violated") return found;
  const shortest = new Search(model).run("breadth-first");
  return shortest.verdict === "violated" ? shortest : found;
}

class Search {
  readonly #model: Model;
  readonly #programs: readonly Continuations[];
  readonly #seen = new Set<string>();
  readonly #ends = new Set<string>();
  /** Small numbers for the words and the values that occur, so that a state's key is short. */
  readonly #slots = new Map<number, number>();
  readonly #initial: number[] = [];
  readonly #values = new Map<number, number>();
  #maxBypass = 0;

  constructor(model: Model) {
    this.#model = model;
    const usesMarks = model.usesMarks ?? true;
    this.#programs = model.threads.map(({ program }) => new Continuations(program, usesMarks));
  }

  run(order: "depth-first" | "breadth-first"): Verdict {
    const { maxStates = DEFAULT_MAX_STATES } = this.#model;
    const open: Visit[] = [];
    let taken = 0;
    let step: Omit<Visit, "state"> = { from: undefined, thread: 0, kill: false };
    const reach = (state: State): void => {
      const key = this.#keyOf(state);
      if (this.#seen.has(key)) return;
      this.#seen.add(key);
      open.push({ state, ...step });
    };
    try {
      reach(this.#start());
      while (this.#seen.size <= maxStates) {
        const visit = order === "depth-first" ? open.pop() : open[taken++];
        if (visit === undefined) return this.#verdict("proved");
        const { state } = visit;
        let over = true;
        for (const thread of state.threads.keys()) {
          if (this.#canGoOn(state, thread)) {
            over = false;
            step = { from: visit, thread, kill: false };
            reach(this.#goOn(state, thread));
          }
          if (this.#canDie(state, thread)) {
            step = { from: visit, thread, kill: true };
            reach(this.#kill(state, thread));
          }
        }
        if (!over) continue;
        step = visit;
        this.#checkEnd(state);
      }
      return this.#verdict("unknown");
    } catch (error) {
      if (!(error instanceof Violation)) throw error;
      return { ...this.#verdict("violated"), violation: error.message, trace: this.#trace(step) };
    }
  }

  #start(): State {
    const threads = this.#model.threads.map(({ afterDeathOf }, i): Standing => {
      const life = afterDeathOf === undefined ? "runs" : "waits to start";
      return {
        at: this.#programs[i]!.first,
        life,
        asleepOn: undefined,
        inside: false,
        bypassed: -1,
      };
    });
    const state = { threads, queue: [], memory: [], deathsLeft: this.#model.deaths ?? 0 };
    for (const [i, { at, life }] of threads.entries())
      if (life === "runs") this.#passMarkers(state, i, at.arriving);
    return state;
  }

  #canGoOn(state: State, thread: number): boolean {
    const { at, life, asleepOn } = state.threads[thread]!;
    return (
      life === "runs" &&
      at.operation !== undefined &&
      (asleepOn === undefined || at.operation.timed)
    );
  }

  #canDie(state: State, thread: number): boolean {
    const { at, life } = state.threads[thread]!;
    const { mortal = false } = this.#model.threads[thread]!;
    return state.deathsLeft > 0 && mortal && life === "runs" && at.operation !== undefined;
  }

  #kill(before: State, thread: number): State {
    const { threads: models, zombies = false } = this.#model;
    const victim = before.threads[thread]!;
    const state = { ...before, threads: [...before.threads], deathsLeft: before.deathsLeft - 1 };
    state.threads[thread] = {
      at: this.#programs[thread]!.first,
      life: "dead",
      asleepOn: zombies ? victim.asleepOn : undefined,
      inside: false,
      bypassed: -1,
    };
    if (!zombies) state.queue = state.queue.filter((sleeper) => sleeper !== thread);
    for (const [i, { afterDeathOf }] of models.entries()) {
      if (afterDeathOf !== models[thread]!.name) continue;
      this.#change(state, i, { life: "runs" });
      this.#passMarkers(state, i, state.threads[i]!.at.arriving);
    }
    return state;
  }

  /** The thread's next operation, or the end of its timed sleep. */
  #goOn(before: State, thread: number): State {
    const state = { ...before, threads: [...before.threads] };
    const { at, asleepOn } = state.threads[thread]!;
    if (asleepOn !== undefined) {
      state.queue = state.queue.filter((sleeper) => sleeper !== thread);
      this.#resume(state, thread, "timed-out");
      return state;
    }
    this.#passMarkers(state, thread, at.departing);
    const result = this.#operate(state, thread, at.operation!);
    if (result !== undefined) this.#resume(state, thread, result);
    return state;
  }

  /** What the operation returns; `undefined` if it puts the thread to sleep. */
  #operate(state: State, thread: number, operation: Operation): Result | undefined {
    const { name, at, value, expected } = operation;
    const old = this.#word(state, at);
    const set = (next: number): Result => {
      const memory = [...state.memory];
      for (const slot = this.#slot(at); memory.length <= slot;)
        memory.push(this.#initial[memory.length]!);
      memory[this.#slot(at)] = next | 0;
      state.memory = memory;
      return name === "store" ? value : old;
    };
    switch (name) {
      case "load":
        return old;
      case "store":
      case "exchange":
        return set(value);
      case "compareExchange":
        return old === expected ? set(value) : old;
      case "add":
        return set(old + value);
      case "sub":
        return set(old - value);
      case "and":
        return set(old & value);
      case "or":
        return set(old | value);
      case "wait":
        if (old !== value) return "not-equal";
        this.#sleep(state, thread, at);
        return undefined;
      case "notify":
        return this.#notify(state, at, value);
    }
  }

  #sleep(state: State, thread: number, at: number): void {
    // The order between words means nothing: sorted by word, fewer states differ.
    const behind = state.queue.filter((sleeper) => state.threads[sleeper]!.asleepOn! > at);
    const before = state.queue.slice(0, state.queue.length - behind.length);
    state.queue = [...before, thread, ...behind];
    this.#change(state, thread, { asleepOn: at });
  }

  #notify(state: State, at: number, count: number): number {
    const woken = state.queue
      .filter((sleeper) => state.threads[sleeper]!.asleepOn === at)
      .slice(0, count);
    if (woken.length === 0) return 0;
    state.queue = state.queue.filter((sleeper) => !woken.includes(sleeper));
    for (const sleeper of woken) {
      if (state.threads[sleeper]!.life === "dead")
        this.#change(state, sleeper, { asleepOn: undefined });
      else this.#resume(state, sleeper, "ok");
    }
    return woken.length;
  }

  #resume(state: State, thread: number, result: Result): void {
    const at = this.#programs[thread]!.after(state.threads[thread]!.at, result);
    this.#change(state, thread, { at, asleepOn: undefined });
    if (at.thrown !== undefined) throw new Violation(`thrown: ${at.thrown}`);
    this.#passMarkers(state, thread, at.arriving);
  }

  #passMarkers(state: State, thread: number, markers: readonly Marker[]): void {
    for (const marker of markers) {
      if (marker === "arrive") this.#change(state, thread, { bypassed: 0 });
      else if (marker === "exit") this.#change(state, thread, { inside: false });
      else this.#enter(state, thread);
    }
  }

  #enter(state: State, thread: number): void {
    const { bypassLimit = Infinity } = this.#model;
    for (const [other, { inside, bypassed }] of state.threads.entries()) {
      if (other === thread) continue;
      if (inside) throw new Violation("mutual exclusion");
      if (bypassed < 0) continue;
      this.#change(state, other, { bypassed: bypassed + 1 });
      this.#maxBypass = Math.max(this.#maxBypass, bypassed + 1);
      if (bypassed >= bypassLimit) throw new Violation("overtaken too often");
    }
    this.#change(state, thread, { inside: true, bypassed: -1 });
  }

  #change(state: State, thread: number, change: Partial<Standing>): void {
    state.threads[thread] = { ...state.threads[thread]!, ...change };
  }

  #checkEnd(state: State): void {
    for (const [i, { life, at }] of state.threads.entries()) {
      if (life === "runs" && at.operation !== undefined)
        throw new Violation(`${this.#model.threads[i]!.name} sleeps for ever`);
    }
    const wrong = this.#model.whenOver?.((at) => this.#word(state, at));
    if (wrong !== undefined) throw new Violation(wrong);
    const dead = state.threads.flatMap(({ life }, i) => (life === "dead" ? [i] : []));
    const changed = [...this.#slots]
      .filter(([, slot]) => (state.memory[slot] ?? this.#initial[slot]) !== this.#initial[slot])
      .sort(([a], [b]) => a - b);
    const memory = changed.map(([at, slot]) => `${at}:${state.memory[slot]}`);
    this.#ends.add(`${memory.join(" ")} dead:${dead.join()}`);
  }

  #slot(at: number): number {
    let slot = this.#slots.get(at);
    if (slot === undefined) {
      slot = this.#slots.size;
      this.#slots.set(at, slot);
      this.#initial.push(this.#model.memory?.get(at) ?? 0);
    }
    return slot;
  }

  #word(state: State, at: number): number {
    const slot = this.#slot(at);
    return state.memory[slot] ?? this.#initial[slot]!;
  }

  /** Equal for equal states. Words not written since the start are left out, whether or not they were read. */
  #keyOf({ threads, queue, memory, deathsLeft }: State): string {
    const codes = [deathsLeft, queue.length, ...queue];
    for (const { at, life, asleepOn, inside, bypassed } of threads) {
      const asleep = asleepOn === undefined ? 0 : 1 << 7;
      const flags = (LIVES.indexOf(life) << 4) | (inside ? 1 << 6 : 0) | asleep;
      codes.push(at.id & 0xffff, (at.id >>> 16) | flags | ((bypassed + 1) << 8));
      if (asleepOn !== undefined) codes.push(this.#slot(asleepOn));
    }
    let length = memory.length;
    while (length > 0 && memory[length - 1] === this.#initial[length - 1]) length--;
    for (let slot = 0; slot < length; slot++) codes.push(this.#valueCode(memory[slot]!));
    return String.fromCharCode(...codes);
  }

  #valueCode(value: number): number {
    let code = this.#values.get(value);
    if (code === undefined) {
      code = this.#values.size;
      this.#values.set(value, code);
    }
    return code;
  }

  #verdict(verdict: Verdict["verdict"]): Verdict {
    const [states, ends] = [this.#seen.size, [...this.#ends].sort()];
    return { verdict, states, ends, maxBypass: this.#maxBypass };
  }

  #trace(last: Omit<Visit, "state">): string[] {
    const steps: string[] = [];
    for (let { from, thread, kill } = last; from !== undefined; { from, thread, kill } = from) {
      const { at, asleepOn } = from.state.threads[thread]!;
      const { name } = this.#model.threads[thread]!;
      steps.unshift(
        `${name}: ${kill ? "dies" : asleepOn === undefined ? describe(at.operation!) : "times out"}`,
      );
    }
    return steps;
  }
}

function describe({ name, at, value, expected }: Operation): string {
  if (name === "load") return `load [${at}]`;
  if (name === "compareExchange") return `compareExchange [${at}] ${expected} -> ${value}`;
  return `${name} [${at}] ${value}`;
}
