import type { Model, Search } from "./model.ts";

const MOST_DEPTH = 10;

/** @throws {TypeError | RangeError} if the model, or how it is to be searched, contradicts itself */
export function checkModel(model: Model, search: Search | undefined): void {
  const { threads, deaths = 0, maxStates = 1 } = model;
  if (threads.length === 0)
    throw new TypeError("Cannot explore: the model has no threads. Give it some.");
  const names = new Set<string>();
  for (const { name } of threads) {
    if (names.has(name))
      throw new TypeError(`Cannot explore: two threads are named ${name}. Name each otherwise.`);
    names.add(name);
  }
  for (const { name, afterDeathOf } of threads) {
    if (afterDeathOf === undefined || names.has(afterDeathOf)) continue;
    throw new TypeError(
      `Cannot explore: ${name} runs after the death of ${afterDeathOf}, and no thread has that name.`,
    );
  }
  if (threads.every(({ mayRest }) => mayRest === true)) {
    throw new TypeError(
      "Cannot explore: every thread may rest, so that no sleep would be one for ever. Say `mayRest: true` of those only who serve others.",
    );
  }
  checkInteger("deaths", deaths, 0, threads.length);
  if (deaths > 0 && !threads.some(({ mortal }) => mortal === true)) {
    throw new TypeError(
      `Cannot explore: ${deaths} may die, and no thread is mortal. Say \`mortal: true\` of those who are.`,
    );
  }
  checkInteger("maxStates", maxStates, 1, 2 ** 31);
  if (search === undefined) return;
  if (model.fairCycles === true)
    throw new TypeError("Cannot look for fair cycles: only an exhaustive search knows them all.");
  if ("preemptions" in search) return checkInteger("preemptions", search.preemptions, 0, 100);
  checkInteger("runs", search.runs, 1, Infinity);
  checkInteger("depth", search.depth, 1, MOST_DEPTH);
  checkInteger("seed", search.seed ?? 1, -(2 ** 31), 2 ** 32);
}

function checkInteger(name: string, value: number, least: number, most: number): void {
  if (Number.isInteger(value) && value >= least && value <= most) return;
  throw new RangeError(
    `Cannot explore with ${name} ${value}: it must be an integer from ${least} to ${most}.`,
  );
}
