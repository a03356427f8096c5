import type { Model } from "../models/model.ts";
import { type Found, Search } from "./search.ts";
import { NEVER, type RankedCall, type Slice, sliceUntil } from "./slice.ts";

/** How far the calls on an object are valid. */
export interface PrefixFound<O> {
  /** The call whose return does not fit; if not `isLongest`, no earlier one does not. */
  readonly misfit: RankedCall<O>;
  /** How many calls return before it. */
  readonly returned: number;
  readonly order: readonly RankedCall<O>[];
  readonly isLongest: boolean;
  /** Where the object may stand just before that return, in words; empty if that was not found out. */
  readonly states: readonly string[];
}

/**
 * Finds the longest valid prefix of calls that are not valid as a whole.
 *
 * If a prefix is valid, so is every shorter one; so the return that does not fit can be found by
 * halving. It is nearly always the one at which the search of the whole got stuck, which is tried
 * first: only where a call that was still pending may have had another result, it is a later one.
 *
 * @param whole - what the search of all calls found
 * @param limit - steps for all searches together
 */
export function longestPrefix<O>(
  model: Model<O>,
  ranked: readonly RankedCall<O>[],
  whole: Found,
  limit: number,
): PrefixFound<O> {
  const halving = new Halving(model, ranked, whole, limit);
  let middle = halving.valid;
  while (halving.valid < halving.invalid) {
    if (!halving.try(middle)) return halving.result(false);
    middle = (halving.valid + halving.invalid) >> 1;
  }
  // Where the very last return is to blame, nobody has looked yet where the object stood before it.
  if (halving.states === undefined) halving.try(halving.invalid);
  return halving.result(true);
}

class Halving<O> {
  readonly #model: Model<O>;
  readonly #ranked: readonly RankedCall<O>[];
  /** Those that returned, in the order of their returns. */
  readonly #calls: readonly RankedCall<O>[];
  #stepsLeft: number;
  #order: readonly RankedCall<O>[];
  /** All that returned before call `valid` is valid. With the return of call `invalid` it is not. */
  valid: number;
  invalid: number;
  states: readonly string[] | undefined;

  constructor(model: Model<O>, ranked: readonly RankedCall<O>[], whole: Found, limit: number) {
    this.#model = model;
    this.#ranked = ranked;
    this.#stepsLeft = limit;
    this.#calls = ranked
      .filter(({ returnedAt }) => returnedAt !== NEVER)
      .sort((a, b) => a.returnedAt - b.returnedAt);
    this.#order = callsIn(sliceUntil(model, ranked, NEVER - 1), whole.order);
    const stuckAt = this.#calls.findIndex(({ returnedAt }) => returnedAt === whole.blockedAt);
    this.valid = Math.max(0, stuckAt);
    this.invalid = this.#calls.length - 1;
  }

  /** Searches what has happened when that call returns; false if the steps do not suffice. */
  try(place: number): boolean {
    const { returnedAt } = this.#calls[place]!;
    const slice = sliceUntil(this.#model, this.#ranked, returnedAt);
    const machine = this.#model.machine(slice);
    const found = new Search(machine, slice, this.#stepsLeft).run();
    this.#stepsLeft -= found.steps;
    if (found.verdict === "unknown") return false;
    if (found.verdict === "ok") {
      this.valid = place + 1;
      this.#order = callsIn(slice, found.order);
    } else {
      this.invalid = place;
      this.states =
        found.blockedAt === returnedAt ? found.states.map((state) => machine.describe(state)) : [];
    }
    return true;
  }

  result(isLongest: boolean): PrefixFound<O> {
    return {
      misfit: this.#calls[this.valid]!,
      returned: this.valid,
      order: this.#order,
      isLongest,
      states: this.states ?? [],
    };
  }
}

function callsIn<O>({ known, unknown }: Slice<O>, order: readonly number[]): RankedCall<O>[] {
  return order.map((call) => known[call] ?? unknown[call - known.length]!);
}
