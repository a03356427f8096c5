import {
  type Marker,
  type Operation,
  type Program,
  replay,
  type Result,
  type Setting,
} from "./replay.ts";

/** A place that a program can come to. All logs from which it goes on alike share one. */
export interface Continuation {
  readonly id: number;
  /** One of the logs that lead here. */
  readonly log: readonly Result[];
  /** What comes next; `undefined` if the program has ended. */
  readonly operation: Operation | undefined;
  /** Markers that count as soon as the program is here: the section begins as early as it can. */
  readonly arriving: readonly Marker[];
  /** Markers that count with the next operation, from the first exit on: the section ends as late as it can. */
  readonly departing: readonly Marker[];
  /** What the program threw to end here. */
  readonly thrown: string | undefined;
  readonly next: Map<Result, Continuation>;
}

/** The places of one program, found by running it on ever longer logs. */
export class Continuations {
  readonly first: Continuation;
  readonly #program: Program;
  readonly #setting: Setting;
  readonly #byKey = new Map<string, Continuation>();

  constructor(program: Program, setting: Setting) {
    this.#program = program;
    this.#setting = setting;
    this.first = this.#at([]);
  }

  /** Where the program comes to if its operation gives `result`. */
  after(from: Continuation, result: Result): Continuation {
    let next = from.next.get(result);
    if (next === undefined) {
      next = this.#at([...from.log, result]);
      from.next.set(result, next);
    }
    return next;
  }

  #at(log: readonly Result[]): Continuation {
    const { key, operation, markers, thrown } = this.#run(log);
    const known = this.#byKey.get(key);
    if (known !== undefined) {
      // Places that are marked alike but go on differently would hide states.
      if (JSON.stringify(known.operation) === JSON.stringify(operation)) return known;
      throw new Error(`Cannot explore: the marks ${key} stand for two places. Mark what is live.`);
    }
    const exit = operation === undefined ? -1 : markers.indexOf("exit");
    const split = exit < 0 ? markers.length : exit;
    const continuation: Continuation = {
      id: this.#byKey.size,
      log,
      operation,
      arriving: markers.slice(0, split),
      departing: markers.slice(split),
      thrown,
      next: new Map(),
    };
    this.#byKey.set(key, continuation);
    return continuation;
  }

  #run(log: readonly Result[]): ReturnType<typeof replay> & { readonly thrown?: string } {
    try {
      return replay(this.#program, log, this.#setting);
    } catch (error) {
      const thrown = String(error);
      return { key: `threw|${thrown}`, operation: undefined, markers: [], thrown };
    }
  }
}
