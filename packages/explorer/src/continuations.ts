import { CannotExplore } from "./cannot-explore.ts";
import type { Operation, Result } from "./operation.ts";
import { type Marker, type Program, replay, type Setting } from "./replay.ts";

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
  readonly #byId: Continuation[] = [];

  constructor(program: Program, setting: Setting) {
    this.#program = program;
    this.#setting = setting;
    this.first = this.#at([], undefined);
  }

  get(id: number): Continuation {
    return this.#byId[id]!;
  }

  /** Where the program comes to if its operation gives `result`. @throws {CannotExplore} */
  after(from: Continuation, result: Result): Continuation {
    let next = from.next.get(result);
    if (next === undefined) {
      next = this.#at([...from.log, result], from.operation);
      from.next.set(result, next);
    }
    return next;
  }

  #at(log: readonly Result[], last: Operation | undefined): Continuation {
    const { key, operation, previous, markers, thrown } = replay(this.#program, log, this.#setting);
    if (!isSame(previous, last)) {
      throw new CannotExplore(
        `a program is not deterministic: on the same results it went on with ${last!.name}, then with ${previous?.name ?? "nothing"}. Keep clocks, random numbers and what is left from earlier runs out of it.`,
      );
    }
    const known = this.#byKey.get(key);
    if (known !== undefined) {
      // Places that are marked alike but go on differently would hide states.
      if (isSame(known.operation, operation)) return known;
      throw new CannotExplore(`the marks ${key} stand for two places. Mark what is live.`);
    }
    const exit = operation === undefined ? -1 : markers.findIndex(({ kind }) => kind === "exit");
    const split = exit < 0 ? markers.length : exit;
    const continuation: Continuation = {
      id: this.#byId.length,
      log,
      operation,
      arriving: markers.slice(0, split),
      departing: markers.slice(split),
      thrown,
      next: new Map(),
    };
    this.#byKey.set(key, continuation);
    this.#byId.push(continuation);
    return continuation;
  }
}

function isSame(one: Operation | undefined, other: Operation | undefined): boolean {
  if (one === undefined || other === undefined) return one === other;
  return (
    one.name === other.name &&
    one.word === other.word &&
    one.type === other.type &&
    one.value === other.value &&
    one.expected === other.expected &&
    one.timed === other.timed
  );
}
