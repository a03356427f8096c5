import { checkModel } from "./check-model.ts";
import { Machine } from "./machine.ts";
import type { Model, Search, Verdict } from "./model.ts";
import { searchBounded } from "./search-bounded.ts";
import { searchExhaustively } from "./search-exhaustively.ts";
import { searchRandomly } from "./search-randomly.ts";

const DEFAULT_MAX_STATES = 2_000_000;

/**
 * Explores every interleaving of the threads' operations, with deaths before every one if the model
 * has any, and checks that no two threads are ever inside, that nobody is asleep at the end (a
 * deadlock or a lost wake-up), that nobody is overtaken too often, that tokens rise, that no program
 * throws, and what the model says besides. A thread is inside from the operation that let it in until
 * its next one. While this runs, `Atomics` and the seam are the explorer's own.
 *
 * `proved` is said of an exhaustive search only. With `search`, a part of the interleavings is looked
 * at, for what is too large: then the verdict is a violation, or `unknown` with what was covered.
 *
 * @throws {TypeError | RangeError} if the model contradicts itself
 * @throws {CannotExplore} if the code cannot be explored: it is not deterministic, say
 */
export function explore(model: Model, search?: Search): Verdict {
  checkModel(model, search);
  const { maxStates = DEFAULT_MAX_STATES } = model;
  const machine = new Machine(model);
  if (search === undefined) return searchExhaustively(machine, maxStates);
  if ("preemptions" in search) return searchBounded(machine, search.preemptions, maxStates);
  return searchRandomly(machine, search, maxStates);
}
