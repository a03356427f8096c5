import type { Model, Search, Thread } from "./model.ts";

const MOST_DEPTH = 10;
/** At some 70 bytes each, more than 9 GB. */
const MOST_STATES = 2 ** 27;

/** @throws {TypeError | RangeError} if the model, or how it is to be searched, contradicts itself */
export function checkModel(model: Model, search: Search | undefined): void {
  if (Object(model) !== model || !Array.isArray(model.threads) || model.threads.length === 0)
    throw new TypeError("Cannot explore: the model has no threads. Give it some.");
  checkThreads(model.threads);
  checkDeaths(model);
  checkSeam(model);
  checkChoice("zombies", model.zombies, ["stay-queued", "run-on"]);
  checkChoice("wakeOrder", model.wakeOrder, ["fifo", "any"]);
  checkInteger("bypassLimit", model.bypassLimit ?? 0, 0, Infinity);
  checkInteger("maxStates", model.maxStates ?? 1, 1, MOST_STATES);
  if (search !== undefined) checkSearch(model, search);
}

function checkThreads(threads: readonly Thread[]): void {
  const byName = new Map<string, Thread>();
  for (const thread of threads) {
    const { name, program } = thread;
    if (typeof name !== "string")
      throw new TypeError("Cannot explore: a thread has no name. Give each a `name` of its own.");
    if (typeof program !== "function") {
      throw new TypeError(
        `Cannot explore: the program of ${name} is ${String(program)}. Let it be a function that does what the thread would do.`,
      );
    }
    if (byName.has(name))
      throw new TypeError(`Cannot explore: two threads are named ${name}. Name each otherwise.`);
    byName.set(name, thread);
  }
  for (const { name, afterDeathOf } of threads) {
    if (afterDeathOf === undefined) continue;
    const dead = byName.get(afterDeathOf);
    if (dead?.mortal === true) continue;
    const why = dead === undefined ? "no thread has that name" : "that thread is not mortal";
    throw new TypeError(
      `Cannot explore: ${name} runs after the death of ${afterDeathOf}, and ${why}. It would never run.`,
    );
  }
  if (threads.every(({ mayRest }) => mayRest === true)) {
    throw new TypeError(
      "Cannot explore: every thread may rest, so that no sleep would be one for ever. Say `mayRest: true` of those only who serve others.",
    );
  }
}

function checkDeaths({ threads, deaths }: Model): void {
  checkInteger("deaths", deaths ?? 0, 0, threads.length);
  const mortal = threads.find((thread) => thread.mortal === true);
  if ((deaths ?? 0) > 0 && mortal === undefined) {
    throw new TypeError(
      `Cannot explore: ${deaths} may die, and no thread is mortal. Say \`mortal: true\` of those who are.`,
    );
  }
  if (deaths === undefined && mortal !== undefined) {
    throw new TypeError(
      `Cannot explore: ${mortal.name} is mortal, and the model does not say how many may die. Say \`deaths: 1\`, or \`deaths: 0\` if that is meant.`,
    );
  }
}

/** The explorer puts a hook of its own in the place of the seam's. */
function checkSeam({ seam }: Model): void {
  if (seam === undefined) return;
  if (typeof seam.loop !== "function")
    throw new TypeError(
      "Cannot explore: the seam has no function `loop`. Let it be `{ loop() {} }`.",
    );
  try {
    Object.assign(seam, { loop: seam.loop });
  } catch {
    throw new TypeError(
      "Cannot explore: the seam's `loop` cannot be replaced. Do not freeze it; an ES module's own exports are frozen, so export an object.",
    );
  }
}

function checkChoice(name: string, value: unknown, choices: readonly string[]): void {
  if (value === undefined || choices.includes(value as string)) return;
  const known = choices.map((choice) => `"${choice}"`).join(" or ");
  throw new TypeError(`Cannot explore with ${name} ${JSON.stringify(value)}: it must be ${known}.`);
}

function checkSearch(model: Model, search: Search): void {
  if (model.fairCycles === true)
    throw new TypeError("Cannot look for fair cycles: only an exhaustive search knows them all.");
  if ("preemptions" in search) return checkInteger("preemptions", search.preemptions, 0, 100);
  checkInteger("runs", search.runs, 1, Infinity);
  checkInteger("depth", search.depth, 1, MOST_DEPTH);
  checkInteger("seed", search.seed ?? 1, -(2 ** 31), 2 ** 32);
}

function checkInteger(name: string, value: number, least: number, most: number): void {
  if (Number.isInteger(value) && value >= least && value <= most) return;
  const range =
    most === Infinity ? `an integer of at least ${least}` : `an integer from ${least} to ${most}`;
  throw new RangeError(`Cannot explore with ${name} ${value}: it must be ${range}.`);
}
