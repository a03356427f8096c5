import { withAtomics } from "./atomics-stand-in.ts";
import { CallsAtOnce } from "./calls-at-once.ts";
import { CannotExplore } from "./cannot-explore.ts";
import { checkAnswer } from "./check-returned.ts";
import { type Continuation, Continuations } from "./continuations.ts";
import type { Model } from "./model.ts";
import { type Operation, type Result, resultOf, wordAfter, wouldSleep } from "./operation.ts";
import type { Marker } from "./replay.ts";
import {
  ASLEEP_ON,
  BYPASSED,
  DEAD,
  DEATHS_LEFT,
  INSIDE,
  LIFE,
  memoryAt,
  PLACE,
  RANK,
  RUNS,
  type State,
  threadAt,
  TOKEN,
  ZOMBIE,
} from "./state.ts";
import { WordTable } from "./word-table.ts";

/** What can happen next in a state. */
export interface Move {
  readonly thread: number;
  readonly what: "steps" | "times out" | "wakes" | "dies";
  /** Whom a wake-up reaches, where that is not told by their order. */
  readonly woken?: readonly number[];
}

/** What a move comes to. */
export interface Outcome {
  readonly state: State;
  /** What the thread's operation gave back; `undefined` if it fell asleep, or made none. */
  result: Result | undefined;
  violation: string | undefined;
  /** Somebody has entered or ended. */
  progress: boolean;
}

/**
 * The model as a machine of states: where it begins, what can happen, and what comes of it. Takes no
 * decisions and remembers nothing but the places of the programs.
 */
export class Machine {
  readonly model: Model;
  readonly words: WordTable;
  readonly threads: number;
  readonly #programs: readonly Continuations[];
  readonly #memoryAt: number;
  readonly #anyOrder: boolean;
  #maxBypass = 0;

  /** @throws {CannotExplore} */
  constructor(model: Model) {
    this.model = model;
    this.words = new WordTable(model.names);
    const { seam, usesMarks = true } = model;
    const setting = { words: this.words, seam, usesMarks };
    this.#programs = model.threads.map(({ program }) => new Continuations(program, setting));
    if (
      this.#programs.every(
        ({ first }) => first.operation === undefined && first.thrown === undefined,
      )
    )
      throw new CannotExplore(
        "no program does anything that is seen. Let the code look Atomics up when it calls it: `const { load } = Atomics` keeps the real one.",
      );
    this.threads = model.threads.length;
    this.#memoryAt = memoryAt(this.threads);
    this.#anyOrder = model.wakeOrder === "any";
  }

  /** How often a thread was overtaken at most, in all moves taken so far. */
  get maxBypass(): number {
    return this.#maxBypass;
  }

  nameOf(thread: number): string {
    return this.model.threads[thread]!.name;
  }

  start(): Outcome {
    const state: State = Array(this.#memoryAt).fill(0) as number[];
    state[DEATHS_LEFT] = this.model.deaths ?? 0;
    const outcome = outcomeOf(state);
    for (const [thread, { afterDeathOf }] of this.model.threads.entries())
      if (afterDeathOf === undefined) this.#begin(outcome, thread);
    return outcome;
  }

  moves(state: State): Move[] {
    const { spuriousWakeUps = false, timeOuts = true, threads } = this.model;
    const moves: Move[] = [];
    for (let thread = 0; thread < this.threads; thread++) {
      const operation = this.operationOf(state, thread);
      if (operation === undefined) continue;
      if (state[threadAt(thread) + ASLEEP_ON] !== 0) {
        if (operation.timed && timeOuts) moves.push({ thread, what: "times out" });
        if (spuriousWakeUps) moves.push({ thread, what: "wakes" });
      } else if (operation.name === "notify" && this.#anyOrder) {
        for (const woken of choices(this.#sleepersOn(state, operation.word), operation.value))
          moves.push({ thread, what: "steps", woken });
      } else moves.push({ thread, what: "steps" });
      const mayDie = state[DEATHS_LEFT]! > 0 && threads[thread]!.mortal === true;
      if (mayDie && state[threadAt(thread) + LIFE] === RUNS) moves.push({ thread, what: "dies" });
    }
    return moves;
  }

  /** What the thread is about to do, or sleeps in; `undefined` if it does nothing any more, or not yet. */
  operationOf(state: State, thread: number): Operation | undefined {
    const life = state[threadAt(thread) + LIFE];
    return life === RUNS || life === ZOMBIE ? this.#placeOf(state, thread).operation : undefined;
  }

  /** True if the thread can go on by itself: it is neither over nor asleep without a limit. */
  canGoOn(state: State, thread: number): boolean {
    const operation = this.operationOf(state, thread);
    if (operation === undefined) return false;
    return !this.isAsleep(state, thread) || (operation.timed && this.model.timeOuts !== false);
  }

  isAsleep(state: State, thread: number): boolean {
    return state[threadAt(thread) + ASLEEP_ON] !== 0;
  }

  /** True if nobody goes on any more, but for who rests. */
  isOver(state: State): boolean {
    for (let thread = 0; thread < this.threads; thread++)
      if (this.canGoOn(state, thread) && (!this.#rests(state, thread) || this.isAwaited(state)))
        return false;
    return true;
  }

  /** True if the thread sleeps, and may. */
  #rests(state: State, thread: number): boolean {
    return this.model.threads[thread]!.mayRest === true && this.isAsleep(state, thread);
  }

  /** True if a thread that lives has not ended yet, and does not rest. */
  isAwaited(state: State): boolean {
    return this.#someAwaited(state) !== undefined;
  }

  take(before: State, { thread, what, woken }: Move): Outcome {
    const outcome = outcomeOf(before.slice());
    if (what === "dies") this.#kill(outcome, thread);
    else if (what === "steps") this.#step(outcome, thread, woken);
    else {
      this.#getUp(outcome.state, thread);
      this.#resume(outcome, thread, what === "wakes" ? "ok" : "timed-out");
    }
    return outcome;
  }

  /** What is wrong in any state, by `model.always`. */
  wrongIn(state: State): string | undefined {
    return this.#ask(state, "always");
  }

  /** What is wrong in a state in which nobody goes on any more. */
  wrongAtEnd(state: State): string | undefined {
    const sleeper = this.#someAwaited(state);
    if (sleeper !== undefined) return `${this.nameOf(sleeper)} sleeps for ever`;
    return this.#ask(state, "whenOver");
  }

  /** The first thread that lives, has not ended and does not rest. What becomes of a zombie, nobody waits for. */
  #someAwaited(state: State): number | undefined {
    for (let thread = 0; thread < this.threads; thread++) {
      const lives = state[threadAt(thread) + LIFE] === RUNS;
      const goesOn = lives && this.operationOf(state, thread) !== undefined;
      if (goesOn && !this.#rests(state, thread)) return thread;
    }
    return undefined;
  }

  /** The words that differ from the start, and who is dead. */
  endOf(state: State): string {
    const changed = this.words
      .inOrder()
      .filter((word) => this.#word(state, word) !== this.words.initial[word])
      .map((word) => `${this.words.nameOf(word)}=${this.#word(state, word)}`);
    const dead = this.#namesWhere((at) => state[at + LIFE]! >= DEAD);
    return [...changed, ...(dead.length === 0 ? [] : [`dead: ${dead.join(", ")}`])].join(" ");
  }

  inside(state: State): string[] {
    return this.#namesWhere((at) => state[at + INSIDE] === 1);
  }

  asleep(state: State): string[] {
    return this.#namesWhere((at) => state[at + ASLEEP_ON] !== 0);
  }

  #namesWhere(test: (at: number) => boolean): string[] {
    const threads = this.model.threads.filter((_, thread) => test(threadAt(thread)));
    return threads.map(({ name }) => name);
  }

  #ask(state: State, name: "always" | "whenOver"): string | undefined {
    const question = this.model[name];
    if (question === undefined) return undefined;
    const memory = this.words.initial.map((_, word) => this.#word(state, word));
    try {
      const calls = new CallsAtOnce(this.words, memory);
      return checkAnswer(
        name,
        this.words.watch(() => withAtomics(calls, question)),
      );
    } catch (error) {
      if (error instanceof CannotExplore) throw error;
      return `thrown: ${String(error)}`;
    }
  }

  #placeOf(state: State, thread: number): Continuation {
    return this.#programs[thread]!.get(state[threadAt(thread) + PLACE]!);
  }

  #begin(outcome: Outcome, thread: number): void {
    outcome.state[threadAt(thread) + LIFE] = RUNS;
    this.#arriveAt(outcome, thread, this.#programs[thread]!.first);
  }

  #kill(outcome: Outcome, thread: number): void {
    const { state } = outcome;
    const { threads, zombies } = this.model;
    const at = threadAt(thread);
    state[DEATHS_LEFT]!--;
    if (zombies === "run-on") state[at + LIFE] = ZOMBIE;
    else {
      state[at + LIFE] = DEAD;
      state[at + PLACE] = 0;
      state[at + INSIDE] = 0;
      state[at + BYPASSED] = 0;
      if (zombies === undefined) this.#getUp(state, thread);
    }
    for (const [other, { afterDeathOf }] of threads.entries())
      if (afterDeathOf === threads[thread]!.name) this.#begin(outcome, other);
  }

  /** The thread's next operation. */
  #step(outcome: Outcome, thread: number, woken: readonly number[] | undefined): void {
    const { operation, departing } = this.#placeOf(outcome.state, thread);
    for (const marker of departing) this.#pass(outcome, thread, marker);
    const result = this.#operate(outcome, thread, operation!, woken);
    outcome.result = result;
    if (result !== undefined) this.#resume(outcome, thread, result);
  }

  /** What the operation returns; `undefined` if it puts the thread to sleep. */
  #operate(
    outcome: Outcome,
    thread: number,
    operation: Operation,
    woken: readonly number[] | undefined,
  ): Result | undefined {
    const { state } = outcome;
    const { name, word, value } = operation;
    const old = this.#word(state, word);
    switch (name) {
      case "wait":
        if (!wouldSleep(operation, old)) return "not-equal";
        this.#sleep(state, thread, word);
        return undefined;
      case "poll":
        return wouldSleep(operation, old) ? "timed-out" : "not-equal";
      case "notify":
        return this.#wake(outcome, woken ?? this.#sleepersOn(state, word).slice(0, value));
      case "andWakeAll":
        this.#setWord(state, word, wordAfter(operation, old));
        return this.#wake(outcome, this.#sleepersOn(state, word));
      default:
        this.#setWord(state, word, wordAfter(operation, old));
        return resultOf(operation, old);
    }
  }

  #sleep(state: State, thread: number, word: number): void {
    // The order on one word means nothing if any may be woken: without it, fewer states differ.
    state[threadAt(thread) + RANK] = this.#anyOrder ? 0 : this.#sleepersOn(state, word).length;
    state[threadAt(thread) + ASLEEP_ON] = word + 1;
  }

  #getUp(state: State, thread: number): void {
    const at = threadAt(thread);
    const [asleepOn, rank] = [state[at + ASLEEP_ON], state[at + RANK]!];
    if (asleepOn === 0) return;
    state[at + ASLEEP_ON] = state[at + RANK] = 0;
    for (let other = 0; other < this.threads; other++) {
      const behind = threadAt(other);
      if (state[behind + ASLEEP_ON] === asleepOn && state[behind + RANK]! > rank)
        state[behind + RANK]!--;
    }
  }

  /** In the order in which they fell asleep, where that counts. */
  #sleepersOn(state: State, word: number): number[] {
    const sleepers: number[] = [];
    for (let thread = 0; thread < this.threads; thread++)
      if (state[threadAt(thread) + ASLEEP_ON] === word + 1) sleepers.push(thread);
    if (sleepers.length < 2 || this.#anyOrder) return sleepers;
    return sleepers.sort((a, b) => state[threadAt(a) + RANK]! - state[threadAt(b) + RANK]!);
  }

  #wake(outcome: Outcome, woken: readonly number[]): number {
    for (const sleeper of woken) this.#getUp(outcome.state, sleeper);
    for (const sleeper of woken)
      if (outcome.state[threadAt(sleeper) + LIFE] !== DEAD) this.#resume(outcome, sleeper, "ok");
    return woken.length;
  }

  #resume(outcome: Outcome, thread: number, result: Result): void {
    const place = this.#programs[thread]!.after(this.#placeOf(outcome.state, thread), result);
    this.#arriveAt(outcome, thread, place);
  }

  #arriveAt(outcome: Outcome, thread: number, place: Continuation): void {
    outcome.state[threadAt(thread) + PLACE] = place.id;
    if (place.thrown !== undefined) outcome.violation ??= `thrown: ${place.thrown}`;
    if (place.operation === undefined) outcome.progress = true;
    for (const marker of place.arriving) this.#pass(outcome, thread, marker);
  }

  #pass(outcome: Outcome, thread: number, { kind, token }: Marker): void {
    const { state } = outcome;
    const at = threadAt(thread);
    if (kind === "arrive") state[at + BYPASSED] = 1;
    else if (kind === "exit") state[at + INSIDE] = 0;
    else {
      this.#enter(outcome, thread);
      if (token === undefined) return;
      if (token <= state[TOKEN]!) outcome.violation ??= `token ${token} after ${state[TOKEN]}`;
      state[TOKEN] = token;
    }
  }

  #enter(outcome: Outcome, thread: number): void {
    const { state } = outcome;
    const { bypassLimit = Infinity } = this.model;
    for (let other = 0; other < this.threads; other++) {
      const at = threadAt(other);
      if (other === thread) continue;
      if (state[at + INSIDE] === 1) outcome.violation ??= "mutual exclusion";
      if (state[at + BYPASSED] === 0) continue;
      const bypassed = state[at + BYPASSED]!++;
      this.#maxBypass = Math.max(this.#maxBypass, bypassed);
      if (bypassed > bypassLimit) outcome.violation ??= "overtaken too often";
    }
    state[threadAt(thread) + INSIDE] = 1;
    state[threadAt(thread) + BYPASSED] = 0;
    outcome.progress = true;
  }

  #word(state: State, word: number): number {
    const at = this.#memoryAt + word;
    return at < state.length ? state[at]! : this.words.initial[word]!;
  }

  #setWord(state: State, word: number, value: number): void {
    if (this.#word(state, word) === value) return;
    const at = this.#memoryAt + word;
    while (state.length <= at) state.push(this.words.initial[state.length - this.#memoryAt]!);
    state[at] = value;
  }
}

function outcomeOf(state: State): Outcome {
  return { state, result: undefined, violation: undefined, progress: false };
}

/** All ways to take `count` of `from`, or all of them if there are no more. */
function choices(from: readonly number[], count: number): (readonly number[])[] {
  if (from.length <= count) return [from];
  if (count <= 0) return [[]];
  const [first, ...others] = from as [number, ...number[]];
  const withFirst = choices(others, count - 1).map((rest) => [first, ...rest]);
  return [...withFirst, ...choices(others, count)];
}
