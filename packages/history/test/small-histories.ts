import { Random } from "../src/generate/random.ts";
import { generateHistory } from "../src/generate/index.ts";
import type { Call, History, ModelName, Operation } from "../src/index.ts";

export const MOST_CALLS = 7;

/**
 * A history of at most 7 calls in which much coincides: few values, few tickets, much overlap, clients
 * that die. Every other one is changed at random, in one to three places, so that it may be invalid.
 */
export function smallHistory(seed: number, model: ModelName): History {
  const random = new Random(seed);
  const count = 1 + random.below(MOST_CALLS);
  const made = generateHistory(seed, model, 1 + random.below(4), count, {
    crashes: random.chance(0.5) ? 0.3 : 0,
    values: 1 + random.below(5),
    tokens: random.chance(0.7),
    capacity: 1 + random.below(4),
  });
  let calls: readonly Call[] = made.calls.slice(0, MOST_CALLS);
  if (seed % 2 === 1)
    for (let i = random.below(3); i >= 0; i--) calls = changed(calls, made, random);
  const clockErrorNs = random.chance(0.05) ? BigInt(random.below(100)) : 0n;
  return { ...made, calls: random.chance(0.9) ? withDistinctTimes(calls) : calls, clockErrorNs };
}

/** True if its longest valid prefix is defined by its times alone. */
export function hasDistinctTimes({ calls, clockErrorNs }: History): boolean {
  const ends = calls.flatMap(({ calledNs, returnedNs }) => returnedNs === undefined ? [calledNs] : [calledNs, returnedNs]); // prettier-ignore
  return clockErrorNs === 0n && new Set(ends).size === ends.length;
}

/** The same order of ends; those that were at the same time get one. */
function withDistinctTimes(calls: readonly Call[]): readonly Call[] {
  const ends = calls.flatMap(({ calledNs, returnedNs }, i) => [
    { ns: calledNs, i, isReturn: false },
    ...(returnedNs === undefined ? [] : [{ ns: returnedNs, i, isReturn: true }]),
  ]);
  ends.sort((a, b) => Number(a.ns - b.ns) || Number(a.isReturn) - Number(b.isReturn));
  const times = calls.map((call) => ({ ...call }) as { -readonly [K in keyof Call]: Call[K] });
  for (const [at, { i, isReturn }] of ends.entries())
    times[i]![isReturn ? "returnedNs" : "calledNs"] = BigInt(at);
  return times;
}

function changed(calls: readonly Call[], history: History, random: Random): readonly Call[] {
  const call = random.pick(calls);
  const other = random.pick(calls);
  if (call === undefined || other === undefined) return calls;
  const put = (change: Partial<Call>): readonly Call[] =>
    calls.map((each) => (each === call ? { ...each, ...change } : each));
  switch (random.below(6)) {
    case 0:
      return put({ returnedNs: undefined });
    case 1: {
      const calledNs = call.calledNs + BigInt(random.below(400) - 200);
      const lengthNs = BigInt(random.below(200));
      const ends = call.returnedNs === undefined || call.operation.name === "died";
      return put({ calledNs, returnedNs: ends ? undefined : calledNs + lengthNs });
    }
    case 2:
      return put({ client: other.client });
    default:
      return put({ operation: changedOperation(call.operation, other.operation, history, random) });
  }
}

function changedOperation(
  operation: Operation,
  other: Operation,
  { settings }: History,
  random: Random,
): Operation {
  switch (operation.name) {
    case "read":
      return "remaining" in operation
        ? { ...operation, remaining: random.below(settings.model === "ticket-pool" ? settings.capacity + 1 : 1) } // prettier-ignore
        : { ...operation, value: random.below(3) };
    case "write":
      return { ...operation, value: random.below(3) };
    case "cas":
      return random.chance(0.5)
        ? { ...operation, swapped: !operation.swapped }
        : { ...operation, expected: random.below(3) };
    case "acquire":
      return { ...operation, token: tokenNear(operation.token, random) };
    case "tryAcquire":
      return operation.acquired === true
        ? { ...operation, acquired: false, token: undefined }
        : { ...operation, acquired: true, token: tokenNear(5n, random) };
    case "release":
      return { ...operation, token: random.chance(0.5) ? undefined : tokenNear(operation.token, random) }; // prettier-ignore
    case "died":
      return operation;
    case "sell": {
      if (random.chance(0.3) && other.name === "sell" && other.result !== undefined)
        return { ...operation, order: other.order, result: other.result };
      if (random.chance(0.2)) return { ...operation, quantity: 1 + random.below(2) };
      const sale = { firstSerial: random.below(4), quantity: random.chance(0.8) ? operation.quantity : 1 + random.below(2) }; // prettier-ignore
      return { ...operation, result: random.chance(0.3) ? "sold out" : sale };
    }
  }
}

function tokenNear(token: bigint | undefined, random: Random): bigint | undefined {
  if (random.chance(0.2)) return undefined;
  return (token ?? 3n) + BigInt(random.below(5) - 2);
}
