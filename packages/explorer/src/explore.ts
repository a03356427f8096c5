import { Continuations, type Continuation } from "./continuations.ts";
import type { Model, Verdict } from "./model.ts";
import type { LoopSeam, Marker, Operation, Result } from "./replay.ts";

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

/** What can happen next in a state. `wakes`: by itself. */
interface Move {
  readonly thread: number;
  readonly what: "goes on" | "times out" | "wakes" | "dies";
  /** Whom a wake-up reaches, where that is not told by their order. */
  readonly woken?: readonly number[];
}

/** A state and how it was come to. */
interface Visit {
  readonly state: State;
  readonly from: Visit | undefined;
  readonly move: Move | undefined;
}

class Violation extends Error {}

/**
 * Explores every interleaving of the threads' operations, with deaths before every one, and checks
 * that no two threads are ever inside, that nobody is asleep at the end (a deadlock or a lost
 * wake-up), that nobody is overtaken too often, and that no program throws. A thread is inside from
 * the operation that let it in until its next one.
 */
export type Explore = (model: Model) => Verdict;

/** An explorer of the code whose loops close at `seam`. While it explores, `Atomics` and the seam are its own. */
export function explorerFor(seam: LoopSeam): Explore {
  return (model) => {
    const found = new Search(model, seam).run("depth-first");
    if (found.verdict !== "violated") return found;
    const shortest = new Search(model, seam).run("breadth-first");
    return shortest.verdict === "violated" ? shortest : found;
  };
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

  constructor(model: Model, seam: LoopSeam) {
    this.#model = model;
    const { usesMarks = true, bases = new Map() } = model;
    const setting = { seam, usesMarks, bases };
    this.#programs = model.threads.map(({ program }) => new Continuations(program, setting));
  }

  run(order: "depth-first" | "breadth-first"): Verdict {
    const { maxStates = DEFAULT_MAX_STATES } = this.#model;
    const open: Visit[] = [];
    let taken = 0;
    let from: Visit | undefined;
    let move: Move | undefined;
    const reach = (state: State): void => {
      const key = this.#keyOf(state);
      if (this.#seen.has(key)) return;
      this.#seen.add(key);
      open.push({ state, from, move });
    };
    try {
      reach(this.#start());
      while (this.#seen.size <= maxStates) {
        from = order === "depth-first" ? open.pop() : open[taken++];
        if (from === undefined) return this.#verdict("proved");
        let over = true;
        for (move of this.#moves(from.state)) {
          // A death, or waking by chance, is nothing to count on.
          if (move.what === "goes on" || move.what === "times out") over = false;
          reach(this.#take(from.state, move));
        }
        if (!over) continue;
        move = undefined;
        this.#checkEnd(from.state);
      }
      return this.#verdict("unknown");
    } catch (error) {
      if (!(error instanceof Violation)) throw error;
      const trace = this.#trace(from, move);
      return { ...this.#verdict("violated"), violation: error.message, trace };
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

  #moves(state: State): Move[] {
    const { spuriousWakeUps = false, timeOuts = true, wakeOrder } = this.#model;
    const moves: Move[] = [];
    for (const [thread, { at, life, asleepOn }] of state.threads.entries()) {
      const { operation } = at;
      if (life !== "runs" || operation === undefined) continue;
      if (asleepOn !== undefined) {
        if (operation.timed && timeOuts) moves.push({ thread, what: "times out" });
        if (spuriousWakeUps) moves.push({ thread, what: "wakes" });
      } else if (operation.name === "notify" && wakeOrder === "any") {
        for (const woken of choices(this.#sleepersOn(state, operation.at), operation.value))
          moves.push({ thread, what: "goes on", woken });
      } else moves.push({ thread, what: "goes on" });
      if (state.deathsLeft > 0 && (this.#model.threads[thread]!.mortal ?? false))
        moves.push({ thread, what: "dies" });
    }
    return moves;
  }

  #take(state: State, { thread, what, woken }: Move): State {
    switch (what) {
      case "dies":
        return this.#kill(state, thread);
      case "goes on":
        return this.#goOn(state, thread, woken);
      case "times out":
        return this.#endSleep(state, thread, "timed-out");
      case "wakes":
        return this.#endSleep(state, thread, "ok");
    }
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

  #endSleep(before: State, thread: number, how: Result): State {
    const queue = before.queue.filter((sleeper) => sleeper !== thread);
    const state = { ...before, threads: [...before.threads], queue };
    this.#resume(state, thread, how);
    return state;
  }

  /** The thread's next operation. */
  #goOn(before: State, thread: number, woken: readonly number[] | undefined): State {
    const state = { ...before, threads: [...before.threads] };
    const { at } = state.threads[thread]!;
    this.#passMarkers(state, thread, at.departing);
    const result = this.#operate(state, thread, at.operation!, woken);
    if (result !== undefined) this.#resume(state, thread, result);
    return state;
  }

  /** What the operation returns; `undefined` if it puts the thread to sleep. */
  #operate(
    state: State,
    thread: number,
    operation: Operation,
    woken: readonly number[] | undefined,
  ): Result | undefined {
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
        return this.#wake(state, woken ?? this.#sleepersOn(state, at).slice(0, value));
      case "andWakeAll":
        set(old & value);
        return this.#wake(state, this.#sleepersOn(state, at));
    }
  }

  #sleep(state: State, thread: number, at: number): void {
    // The order between words means nothing, nor that on one word if any may be woken: sorted, fewer states differ.
    const comesFirst = (sleeper: number): boolean => {
      const on = state.threads[sleeper]!.asleepOn!;
      return on < at || (on === at && (this.#model.wakeOrder !== "any" || sleeper < thread));
    };
    const before = state.queue.filter(comesFirst);
    const behind = state.queue.filter((sleeper) => !comesFirst(sleeper));
    state.queue = [...before, thread, ...behind];
    this.#change(state, thread, { asleepOn: at });
  }

  #sleepersOn(state: State, at: number): readonly number[] {
    return state.queue.filter((sleeper) => state.threads[sleeper]!.asleepOn === at);
  }

  #wake(state: State, woken: readonly number[]): number {
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

  #trace(last: Visit | undefined, lastMove: Move | undefined): string[] {
    const steps: string[] = [];
    const nameOf = (thread: number): string => this.#model.threads[thread]!.name;
    for (let from = last, move = lastMove; from !== undefined; { from, move } = from) {
      if (move === undefined) continue; // the end itself
      const { thread, what, woken = [] } = move;
      const { operation } = from.state.threads[thread]!.at;
      const whom = woken.length === 0 ? "" : ` (${woken.map(nameOf).join(", ")})`;
      steps.unshift(
        `${nameOf(thread)}: ${what === "goes on" ? describe(operation!) + whom : what}`,
      );
    }
    return steps;
  }
}

/** All ways to take `count` of `from`, or all of them if there are no more. */
function choices(from: readonly number[], count: number): (readonly number[])[] {
  if (from.length <= count) return [from];
  if (count <= 0) return [[]];
  const [first, ...others] = from as [number, ...number[]];
  const withFirst = choices(others, count - 1).map((rest) => [first, ...rest]);
  return [...withFirst, ...choices(others, count)];
}

function describe({ name, at, value, expected }: Operation): string {
  if (name === "load") return `load [${at}]`;
  if (name === "compareExchange") return `compareExchange [${at}] ${expected} -> ${value}`;
  return `${name} [${at}] ${value}`;
}
