export type OperationName =
  | "load"
  | "store"
  | "compareExchange"
  | "exchange"
  | "add"
  | "sub"
  | "and"
  | "or"
  | "wait"
  | "notify"
  | "andWakeAll";

/** One call on `Atomics`, or one of the waits and wake-ups of `Steps`. */
export interface Operation {
  readonly name: OperationName;
  /** The index that the code passed, behind where the model has the array begin. */
  readonly at: number;
  /** Operand, value to wait on, or how many to notify. */
  readonly value: number;
  /** What compareExchange compares with. */
  readonly expected: number;
  /** A wait that ends by itself. */
  readonly timed: boolean;
}

/** What a program tells the explorer without a step of its own. */
export type Marker = "arrive" | "enter" | "exit";

export type Result = number | string;

/** What a program may say about itself. */
export interface Steps {
  /** What came before matters no more to what follows, but for `live`: the program's own place, such as its round. */
  mark(label: string, ...live: readonly (number | boolean)[]): void;
  /** The doorway: from here on, who enters first has overtaken this thread. */
  arrive(): void;
  /** The critical section begins. */
  enter(): void;
  /** It ends. */
  exit(): void;
  /**
   * `Atomics.wait` by another name, for code whose wait is injected: sleeps if word `at` of the model
   * is `expected`. Whatever `timeoutMs` is, if finite, the time may be over at once or after all
   * others have gone.
   */
  wait(at: number, expected: number, timeoutMs?: number): "ok" | "not-equal" | "timed-out";
  /** `Atomics.notify` by another name: wakes at most `count` who sleep on word `at`, and tells how many. */
  wake(at: number, count?: number): number;
  /**
   * Linux's FUTEX_WAKE_OP with ANDN, by its inverse: in one step, which no death and no sleep comes
   * between, sets word `at` to itself and `mask` and wakes all who sleep on it; tells how many.
   */
  andWakeAll(at: number, mask: number): number;
}

/** The place in the explored code where it says that a retry loop closes. Its owner hands it to the explorer. */
export interface LoopSeam {
  loop: (label: string, ...live: readonly (number | boolean)[]) => void;
}

/** What a replay needs besides the program. */
export interface Setting {
  readonly seam: LoopSeam;
  /** False: the whole log counts, as if there were no marks. */
  readonly usesMarks: boolean;
  /** Where in the model's memory each array begins; 0 where it says nothing. */
  readonly bases: ReadonlyMap<unknown, number>;
}

/** A thread's code. It must be deterministic, and share nothing with others but through `Atomics`. */
export type Program = (steps: Steps) => void;

/** Where a program stands after the results of `log`. */
export interface Standing {
  /** What it is about to do; `undefined` if it has ended. */
  readonly operation: Operation | undefined;
  /** Markers since its last operation. */
  readonly markers: readonly Marker[];
  /** Equal for standings from which the program goes on alike. */
  readonly key: string;
}

/** Thrown at the operation whose result is not known yet. */
class Suspension extends Error {}

/** A place in the program that forgets the log of its last lap, but for the `live` values. */
interface Mark {
  readonly label: string;
  /** The log between the mark below and the first passing of this one. */
  readonly before: string;
  readonly live: string;
  readonly from: number;
}

/**
 * Runs a program from its start on the results that its operations have had so far. That log is the
 * whole continuation: it can be copied and compared, which a generator cannot.
 *
 * The loop marks of the shipped code form a stack: passing one again cuts the stack back to it and
 * forgets the log of the lap; a new one keeps the log before it. Keeping only the latest mark would
 * take different places of the program for one, and hide states.
 */
class Replay implements Steps {
  readonly #log: readonly Result[];
  readonly #setting: Setting;
  #position = 0;
  #marks: Mark[] = [{ label: "", before: "", live: "", from: 0 }];
  #markers: Marker[] = [];
  #suspension: Suspension | undefined;
  #operation: Operation | undefined;

  constructor(log: readonly Result[], setting: Setting) {
    this.#log = log;
    this.#setting = setting;
  }

  run(program: Program): Standing {
    const { Atomics: realAtomics } = globalThis;
    const { seam } = this.#setting;
    const realLoop = seam.loop;
    globalThis.Atomics = this.#standIn(realAtomics);
    seam.loop = (label, ...live) => this.#loop(label, live.join());
    try {
      program(this);
    } catch (error) {
      if (error !== this.#suspension) throw error;
    } finally {
      globalThis.Atomics = realAtomics;
      seam.loop = realLoop;
    }
    const path = this.#marks.map(({ before, label, live }) => `${before}>${label}:${live}`);
    path.push(this.#since(), this.#markers.join());
    return {
      operation: this.#operation,
      markers: this.#markers,
      key: this.#operation === undefined ? `over|${this.#markers.join()}` : path.join("|"),
    };
  }

  mark(label: string, ...live: readonly (number | boolean)[]): void {
    this.#checkRunning();
    if (this.#setting.usesMarks)
      this.#marks = [{ label, before: "", live: live.join(), from: this.#position }];
  }

  arrive(): void {
    this.#markBy("arrive");
  }

  enter(): void {
    this.#markBy("enter");
  }

  exit(): void {
    this.#markBy("exit");
  }

  wait(at: number, expected: number, timeoutMs: number = Infinity): "ok" {
    return this.#ask({
      name: "wait",
      at,
      value: expected,
      expected: 0,
      timed: timeoutMs !== Infinity,
    }) as "ok";
  }

  wake(at: number, count: number = Infinity): number {
    return this.#ask({ name: "notify", at, value: count, expected: 0, timed: false }) as number;
  }

  andWakeAll(at: number, mask: number): number {
    return this.#ask({ name: "andWakeAll", at, value: mask, expected: 0, timed: false }) as number;
  }

  #loop(label: string, live: string): void {
    this.#checkRunning();
    if (!this.#setting.usesMarks) return;
    const depth = this.#marks.findIndex((mark, i) => i > 0 && mark.label === label);
    const before = depth < 0 ? this.#since() : this.#marks[depth]!.before;
    if (depth >= 0) this.#marks.length = depth;
    this.#marks.push({ label, before, live, from: this.#position });
  }

  #markBy(marker: Marker): void {
    this.#checkRunning();
    this.#markers.push(marker);
  }

  #since(): string {
    return this.#log.slice(this.#marks.at(-1)!.from, this.#position).join();
  }

  /** A suspension is sticky: a finally or a catch of the explored code must not run on past it. */
  #checkRunning(): void {
    if (this.#suspension !== undefined) throw this.#suspension;
  }

  #ask(operation: Operation): Result {
    this.#checkRunning();
    if (this.#position < this.#log.length) {
      this.#markers = [];
      return this.#log[this.#position++]!;
    }
    this.#operation = operation;
    this.#suspension = new Suspension();
    throw this.#suspension;
  }

  #standIn(real: typeof Atomics): typeof Atomics {
    const { bases } = this.#setting;
    const ask = (
      name: OperationName,
      words: Int32Array,
      index: number,
      value: number,
      expected = 0,
    ): Result =>
      this.#ask({ name, at: (bases.get(words) ?? 0) + index, value, expected, timed: false });
    const standIn: Partial<Record<keyof typeof Atomics, unknown>> = {
      load: (words: Int32Array, at: number) => ask("load", words, at, 0),
      compareExchange: (words: Int32Array, at: number, expected: number, value: number) =>
        ask("compareExchange", words, at, value, expected),
      wait: (words: Int32Array, at: number, value: number, timeoutMs?: number) =>
        this.wait((bases.get(words) ?? 0) + at, value, timeoutMs),
      notify: (words: Int32Array, at: number, count?: number) =>
        this.wake((bases.get(words) ?? 0) + at, count),
      pause: () => {},
    };
    for (const name of ["store", "exchange", "add", "sub", "and", "or"] as const)
      standIn[name] = (words: Int32Array, at: number, value: number) => ask(name, words, at, value);
    return Object.assign(Object.create(real) as typeof Atomics, standIn);
  }
}

/** Where `program` stands after the results of `log`. What it throws comes through. */
export function replay(program: Program, log: readonly Result[], setting: Setting): Standing {
  return new Replay(log, setting).run(program);
}
