/** A point in a contender's code: one side of an atomic operation, as in "before the second compareExchange". */
export interface DeathPoint {
  /**
   * `at the call`: before anything of it happens; `before` or `after` the operation; `on return`:
   * when the call has returned, which for a promise is not yet its end.
   */
  readonly moment: "at the call" | "before" | "after" | "on return";
  /** Which operation; undefined at the call and on return. */
  readonly operation?: OperationName;
  /** The how-manieth of its name, from 1; 0 at the call and on return. */
  readonly nth: number;
}

/** How many operations of each name there were. */
export type OperationCounts = Partial<Record<OperationName, number>>;

/** What a lock may do between two looks at memory. `pause` and `isLockFree` touch none. */
const operations = [
  "add",
  "and",
  "compareExchange",
  "exchange",
  "load",
  "notify",
  "or",
  "store",
  "sub",
  "wait",
  "waitAsync",
  "xor",
] as const;

export type OperationName = (typeof operations)[number];

type Perform = (...args: unknown[]) => unknown;

/**
 * Puts a stand-in in the place of this thread's `Atomics` that counts operations, and that lets the
 * contender die before or after one of them. The locks need nothing for it: they look `Atomics` up
 * when they call it, and so die at the very step, as by a SIGKILL that came in just then.
 *
 * What other threads do, a lock's helper for one, is not counted.
 */
export class Failpoints {
  readonly #point: DeathPoint | undefined;
  readonly #die: () => never;
  readonly #original: typeof Atomics = Atomics;
  readonly #counts: OperationCounts = {};

  /** `die` must not return. Without a point operations are only counted. */
  constructor(point: DeathPoint | undefined, die: () => never) {
    this.#point = point;
    this.#die = die;
  }

  /** Operations that have begun while the stand-in was in place. */
  get counts(): OperationCounts {
    return this.#counts;
  }

  /** Begins to count, and lets go of the contender where the point is reached, until `remove`. */
  install(): void {
    const replaced = operations.flatMap((name) => {
      const original = Object.getOwnPropertyDescriptor(this.#original, name);
      if (original === undefined) return []; // of a language version to come
      return [[name, { ...original, value: this.#counting(name, original.value as Perform) }]];
    });
    const standIn: unknown = Object.create(
      this.#original,
      Object.fromEntries(replaced) as PropertyDescriptorMap,
    );
    globalThis.Atomics = standIn as typeof Atomics;
  }

  remove(): void {
    globalThis.Atomics = this.#original;
  }

  /** Says that the code has come to a moment between operations. */
  reach(moment: "at the call" | "on return"): void {
    if (this.#point?.moment === moment) this.#die();
  }

  #counting(name: OperationName, perform: Perform): Perform {
    return (...args) => {
      const nth = (this.#counts[name] ?? 0) + 1;
      this.#counts[name] = nth;
      this.#pass("before", name, nth);
      const result = perform(...args);
      this.#pass("after", name, nth);
      return result;
    };
  }

  #pass(moment: "before" | "after", name: OperationName, nth: number): void {
    const point = this.#point;
    if (point?.moment === moment && point.operation === name && point.nth === nth) this.#die();
  }
}

/** Every point of a call that takes these operations. */
export function pointsOf(counts: OperationCounts): DeathPoint[] {
  const points: DeathPoint[] = [{ moment: "at the call", nth: 0 }];
  for (const operation of operations) {
    for (let nth = 1; nth <= (counts[operation] ?? 0); nth++)
      points.push({ moment: "before", operation, nth }, { moment: "after", operation, nth });
  }
  points.push({ moment: "on return", nth: 0 });
  return points;
}

/** The point in words. */
export function describePoint({ moment, operation, nth }: DeathPoint): string {
  return operation === undefined ? moment : `${moment} ${operation} ${nth}`;
}

/** Of the points at operations so large a part is at such that change or await something. */
const CHANGING_SHARE = 0.75;

/**
 * At most so many of the points: at the call, on return, and between them most at operations that
 * change something, those at which a lock is decided first of all: where somebody died beside a
 * compare-and-set, others may wait for what he was about to do. The rest at random: a lock may look
 * around hundreds of times while it waits.
 */
export function samplePoints(
  points: readonly DeathPoint[],
  size: number,
  random: () => number,
): DeathPoint[] {
  const ends = points.filter(({ operation }) => operation === undefined);
  const looking = points.filter(({ operation }) => operation === "load");
  const deciding = points.filter(({ operation }) => operation === "compareExchange");
  const changing = points.filter((one) => ![ends, looking, deciding].some((some) => some.includes(one))); // prettier-ignore
  const room = Math.max(0, size - ends.length);
  const few = Math.max(Math.ceil(room * CHANGING_SHARE), room - looking.length);
  const chosen = [...ends, ...spread(deciding, few, random)];
  chosen.push(...spread(changing, few - (chosen.length - ends.length), random));
  return [...chosen, ...spread(looking, size - chosen.length, random)];
}

/** One at random out of each of so many equal parts. */
function spread<T>(items: readonly T[], count: number, random: () => number): T[] {
  if (items.length <= count) return [...items];
  if (count <= 0) return [];
  const part = items.length / count;
  return Array.from({ length: count }, (_item, i) => items[Math.floor((i + random()) * part)]!);
}
