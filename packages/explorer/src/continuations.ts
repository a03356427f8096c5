import { CannotExplore } from "./cannot-explore.ts";
import type { Operation, Result } from "./operation.ts";
import { type Marker, type Program, replay, type Setting, type Standing } from "./replay.ts";

/** How many of the logs that share a place are run on side by side, to see whether it is one place. */
const MOST_WITNESSES = 32;
/** And how many of them after forgetting the same: others are more likely to go on otherwise. */
const MOST_ALIKE = 2;

/** A log that leads to a place. */
interface Witness {
  readonly log: readonly Result[];
  readonly forgot: string;
}

/** A place that a program can come to. All logs from which it goes on alike share one. */
export interface Continuation {
  readonly id: number;
  /** By the marks: equal keys, equal places. */
  readonly key: string;
  readonly witnesses: Witness[];
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

/**
 * The places of one program, found by running it on ever longer logs.
 *
 * That logs with the same marks go on alike is what the code says, and would hide states if it were not
 * so. Therefore some of the logs that share a place are run on in parallel: they must come to the same
 * place on every result. Logs behind which the marks have forgotten different things come first, as far
 * as there is room: a loop may be left in any number of ways, so there is no end to them.
 */
export class Continuations {
  readonly first: Continuation;
  readonly #program: Program;
  readonly #setting: Setting;
  readonly #byKey = new Map<string, Continuation>();
  readonly #byId: Continuation[] = [];

  constructor(program: Program, setting: Setting) {
    this.#program = program;
    this.#setting = setting;
    this.first = this.#reach([], undefined);
  }

  get(id: number): Continuation {
    return this.#byId[id]!;
  }

  /** Where the program comes to if its operation gives `result`. @throws {CannotExplore} */
  after(from: Continuation, result: Result): Continuation {
    let next = from.next.get(result);
    if (next === undefined) {
      const [first, ...others] = from.witnesses;
      next = this.#reach([...first!.log, result], from.operation);
      from.next.set(result, next);
      for (const { log } of others) this.#witness(next, [...log, result], from.operation);
    }
    return next;
  }

  #reach(log: readonly Result[], last: Operation | undefined): Continuation {
    const standing = this.#stand(log, last);
    const known = this.#byKey.get(standing.key);
    if (known === undefined) return this.#add(standing, log);
    this.#witness(known, log, last);
    return known;
  }

  /** One more log that leads to the place: it must, and must go on as those before it. */
  #witness(place: Continuation, log: readonly Result[], last: Operation | undefined): void {
    const open = [{ place, log, last }];
    for (const { place, log, last } of open) {
      const { key, operation, forgot } = this.#stand(log, last);
      if (key !== place.key || !isSame(place.operation, operation)) throw twoPlaces(key, place.key);
      const { witnesses } = place;
      const alike = witnesses.filter((other) => other.forgot === forgot).length;
      if (operation === undefined || witnesses.length >= MOST_WITNESSES || alike >= MOST_ALIKE)
        continue;
      witnesses.push({ log, forgot });
      for (const [result, next] of place.next)
        open.push({ place: next, log: [...log, result], last: operation });
    }
  }

  #stand(log: readonly Result[], last: Operation | undefined): Standing {
    const standing = replay(this.#program, log, this.#setting);
    if (isSame(standing.previous, last)) return standing;
    throw new CannotExplore(
      `a program is not deterministic: on the same results it went on with ${last!.name}, then with ${standing.previous?.name ?? "nothing"}. Keep clocks, random numbers, what is left from earlier runs, and reads of shared words without Atomics out of it.`,
    );
  }

  #add(standing: Standing, log: readonly Result[]): Continuation {
    const { key, operation, markers, thrown, forgot } = standing;
    const exit = operation === undefined ? -1 : markers.findIndex(({ kind }) => kind === "exit");
    const split = exit < 0 ? markers.length : exit;
    const continuation: Continuation = {
      id: this.#byId.length,
      key,
      witnesses: [{ log, forgot }],
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

function twoPlaces(key: string, other: string): CannotExplore {
  const names = key === other ? key : `before ${key} and before ${other}`;
  return new CannotExplore(
    `the same marks stand for two places, ${names}. Mark what is live; where a loop is run twice in a row, mark what comes between.`,
  );
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
