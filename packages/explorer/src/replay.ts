import { Calls, withAtomics } from "./atomics-stand-in.ts";
import { CannotExplore } from "./cannot-explore.ts";
import { checkReturned } from "./check-returned.ts";
import type { Operation, Result, Words } from "./operation.ts";
import { Random } from "./random.ts";
import type { WordTable } from "./word-table.ts";

/** What a program tells the explorer without a step of its own. */
export interface Marker {
  readonly kind: "arrive" | "enter" | "exit";
  /** The fencing token with which it enters. */
  readonly token?: number;
}

/** What a program may say about itself. */
export interface Steps {
  /** What came before matters no more to what follows, but for `live`: the program's own place, such as its round. */
  mark(label: string, ...live: readonly (number | boolean)[]): void;
  /** The doorway: from here on, who enters first has overtaken this thread. */
  arrive(): void;
  /** The critical section begins. A fencing token must be higher than all with which anybody has entered before. */
  enter(token?: number): void;
  /** It ends. */
  exit(): void;
  /**
   * `Atomics.wait` by another name, for code whose wait is injected, such as a system call. Whatever
   * `timeoutMs` is, if finite, the time may be over at once or after all others have gone; of 0, or less,
   * it is over at once.
   */
  wait(
    array: Words,
    index: number,
    expected: number,
    timeoutMs?: number,
  ): "ok" | "not-equal" | "timed-out";
  /** `Atomics.notify` by another name: wakes at most `count` who sleep on the word, and tells how many. */
  wake(array: Words, index: number, count?: number): number;
  /**
   * Linux's FUTEX_WAKE_OP with ANDN, by its inverse: in one step, which no death and no sleep comes
   * between, sets the word to itself and `mask` and wakes all who sleep on it; tells how many.
   */
  andWakeAll(array: Words, index: number, mask: number): number;
}

/** The place in the explored code where it says that a retry loop closes. Its owner hands it to the explorer. */
export interface LoopSeam {
  loop: (label: string, ...live: readonly (number | boolean)[]) => void;
}

/** A thread's code. It must be deterministic, and share nothing with others but through `Atomics`. */
export type Program = (steps: Steps) => void;

/** What a replay needs besides the program. */
export interface Setting {
  readonly words: WordTable;
  readonly seam: LoopSeam | undefined;
  /** False: the whole log counts, as if there were no marks. */
  readonly usesMarks: boolean;
}

/** Where a program stands after the results of `log`. */
export interface Standing {
  /** What it is about to do; `undefined` if it has ended. */
  readonly operation: Operation | undefined;
  /** What it did last, with the last result of the log. */
  readonly previous: Operation | undefined;
  /** Markers since its last operation. */
  readonly markers: readonly Marker[];
  /** Equal for standings from which the program goes on alike, by its marks. */
  readonly key: string;
  /** The marks that it has passed, each with the logs that this has made it forget; each of these once. */
  readonly forgot: string;
  /** What it threw to end here. */
  readonly thrown?: string;
}

/** Thrown at the operation whose result is not known yet. Its message is for whom it reaches by way of a promise that nobody looks at. */
class Suspension extends Error {
  constructor() {
    super(
      "Cannot explore: an async function was started by the explored code. Only what runs to its end at once is explored; let the model sleep where the code awaits.",
    );
    this.name = "Suspension";
  }
}

/** How many loop marks and pauses may pass without an operation: the loop would have no end. */
const MOST_IDLE_LAPS = 100_000;
/** How often the code may go on after the explorer has stopped it: it would do so for ever. */
const MOST_CALLS_AFTER_END = 10_000;

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
  readonly #calls: Calls;
  #position = 0;
  #marks: Mark[] = [{ label: "", before: "", live: "", from: 0 }];
  #markers: Marker[] = [];
  /** What ends this replay, and is raised again at whatever the program still tries. */
  #end: Suspension | CannotExplore | undefined;
  #operation: Operation | undefined;
  #previous: Operation | undefined;
  #idleLaps = 0;
  #callsAfterEnd = 0;
  readonly #guesses = new Random(1);
  readonly #forgotten = new Set<string>();

  constructor(log: readonly Result[], setting: Setting) {
    this.#log = log;
    this.#setting = setting;
    const refused = (error: CannotExplore): void => void (this.#end ??= error);
    const pause = (): void => this.#idle("a loop with Atomics.pause");
    this.#calls = new Calls(setting.words, (operation) => this.#ask(operation), refused, pause);
  }

  run(program: Program): Standing {
    const thrown = this.#execute(program);
    if (this.#end instanceof CannotExplore) throw this.#end;
    const markers = this.#markers;
    const found = {
      operation: this.#operation,
      previous: this.#previous,
      markers,
      forgot: [...this.#forgotten].join(";"),
    };
    if (thrown !== undefined)
      return { ...found, operation: undefined, key: `threw|${thrown}`, thrown };
    const said = markers.map(({ kind, token = "" }) => `${kind}${token}`).join();
    if (this.#operation === undefined) return { ...found, key: `over|${said}` };
    const path = this.#marks.map(({ before, label, live }) => `${before}>${label}:${live}`);
    return { ...found, key: [...path, this.#since(), said].join("|") };
  }

  /** What the program threw; `undefined` if it ended, or stands before its next operation. */
  #execute(program: Program): string | undefined {
    const { seam } = this.#setting;
    const realLoop = seam?.loop;
    if (seam !== undefined) seam.loop = (label, ...live) => this.#loop(label, live.join());
    try {
      const run = (): unknown => withAtomics(this.#calls, () => program(this) as unknown);
      checkReturned(this.#setting.words.watch(run));
    } catch (error) {
      if (error instanceof CannotExplore) this.#end = error;
      else if (this.#end === undefined) return String(error);
    } finally {
      if (seam !== undefined) seam.loop = realLoop!;
    }
    // A suspension that the code has caught, and gone on to its end without, is one all the same.
    return undefined;
  }

  mark(label: string, ...live: readonly (number | boolean)[]): void {
    if (this.#hasEnded()) return;
    if (!this.#setting.usesMarks) return;
    this.#forget(label, 0);
    this.#marks = [{ label, before: "", live: live.join(), from: this.#position }];
  }

  arrive(): void {
    this.#markBy({ kind: "arrive" });
  }

  enter(token?: number): void {
    this.#markBy(token === undefined ? { kind: "enter" } : { kind: "enter", token });
  }

  exit(): void {
    this.#markBy({ kind: "exit" });
  }

  wait(array: Words, index: number, expected: number, timeoutMs: number = Infinity): "ok" {
    return this.#calls.wait(array, index, expected, timeoutMs);
  }

  wake(array: Words, index: number, count: number = Infinity): number {
    return this.#calls.notify(array, index, count);
  }

  andWakeAll(array: Words, index: number, mask: number): number {
    return this.#calls.change("andWakeAll", array, index, mask);
  }

  #loop(label: string, live: string): void {
    if (this.#hasEnded()) return;
    this.#idle(`the loop ${label}`);
    if (!this.#setting.usesMarks) return;
    const depth = this.#marks.findIndex((mark, i) => i > 0 && mark.label === label);
    const before = depth < 0 ? this.#since() : this.#marks[depth]!.before;
    if (depth >= 0) {
      this.#forget(label, depth + 1);
      this.#marks.length = depth;
    }
    this.#marks.push({ label, before, live, from: this.#position });
  }

  /** Notes what the log says since the mark at `depth` of the stack, from which it is cut off. */
  #forget(label: string, depth: number): void {
    const before = this.#marks.slice(depth).map((mark) => mark.before);
    this.#forgotten.add(`${label}:${[...before, this.#since()].join("|")}`);
  }

  #markBy(marker: Marker): void {
    if (!this.#hasEnded()) this.#markers.push(marker);
  }

  #since(): string {
    return this.#log.slice(this.#marks.at(-1)!.from, this.#position).join();
  }

  /** @throws {CannotExplore} if the program has rested too often since its last operation */
  #idle(where: string): void {
    if (++this.#idleLaps <= MOST_IDLE_LAPS) return;
    this.#calls.refuse(
      `${where} goes round without an operation on Atomics, so nothing can end it. Let it look at words with Atomics.load.`,
    );
  }

  /**
   * A suspension is sticky: a finally or a catch of the explored code must not run on past it. True if
   * the code does so all the same, again and again; from then on nothing is thrown at it.
   * @throws {Suspension | CannotExplore} what has stopped the program
   */
  #hasEnded(): boolean {
    if (this.#end === undefined) return false;
    if (++this.#callsAfterEnd <= MOST_CALLS_AFTER_END) throw this.#end;
    if (!(this.#end instanceof CannotExplore)) {
      this.#end = new CannotExplore(
        "a loop catches whatever stops it and goes on, so that it cannot be suspended. Take the `try` out of the loop, or let it not catch what it does not know.",
      );
    }
    return true;
  }

  /** Any result that may let the code out of a loop in which nothing stops it. Nobody takes it for true. */
  #guess({ name, value, expected }: Operation): Result {
    const some: readonly Result[] =
      name === "wait" || name === "poll"
        ? ["ok", "not-equal", "timed-out"]
        : [expected, value, 0, 1, -1];
    return some[this.#guesses.below(some.length)]!;
  }

  #ask(operation: Operation): Result {
    if (this.#hasEnded()) return this.#guess(operation);
    this.#idleLaps = 0;
    if (this.#position < this.#log.length) {
      this.#markers = [];
      this.#previous = operation;
      return this.#log[this.#position++]!;
    }
    this.#operation = operation;
    this.#end = new Suspension();
    throw this.#end;
  }
}

/** Where `program` stands after the results of `log`. @throws {CannotExplore} */
export function replay(program: Program, log: readonly Result[], setting: Setting): Standing {
  return new Replay(log, setting).run(program);
}
