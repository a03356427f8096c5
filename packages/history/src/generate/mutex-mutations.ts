import type { Call } from "../history.ts";
import { callFirst, isBefore, type Mutation, pickPair, withOperation } from "./mutation.ts";

/** Every acquisition must have a token. */
export const mutexMutations: Readonly<Record<string, Mutation>> = {
  /** A hold is released only after the next one has been granted. */
  "two-holders": (calls, random) => {
    const holds = calls.filter((call) => tokenOf(call) !== undefined);
    holds.sort((a, b) => Number(tokenOf(a)! - tokenOf(b)!));
    const i = random.below(holds.length - 1);
    const [hold, next] = [holds[i], holds[i + 1]];
    if (hold === undefined || next === undefined) return undefined;
    const lateNs = next.returnedNs! + 1n;
    return calls.map((call) =>
      call.operation.name === "release" && call.operation.token === tokenOf(hold)
        ? { ...call, calledNs: lateNs, returnedNs: lateNs + 10n }
        : call,
    );
  },

  "repeated-token": (calls, random) => {
    const pair = pickPair(calls, random, (a, b) => a !== b && bothGranted(a, b));
    return pair && withToken(calls, pair[0], tokenOf(pair[1])!);
  },

  /** Two holds, one wholly after the other, have each other's token. */
  "falling-token": (calls, random) => {
    const pair = pickPair(calls, random, (a, b) => bothGranted(a, b) && isBefore(a, b));
    if (pair === undefined) return undefined;
    const [tokenA, tokenB] = [tokenOf(pair[0])!, tokenOf(pair[1])!];
    const swapped = new Map([
      [tokenA, tokenB],
      [tokenB, tokenA],
    ]);
    return calls.map((call) => {
      const { operation } = call;
      if (operation.name === "died" || !("token" in operation)) return call;
      const token = operation.token === undefined ? undefined : swapped.get(operation.token);
      return token === undefined ? call : { ...call, operation: { ...operation, token } };
    });
  },

  "release-by-a-stranger": (calls) => callFirst(calls, { name: "release", token: undefined }),

  "refused-while-free": (calls) =>
    callFirst(calls, { name: "tryAcquire", acquired: false, token: undefined }),
};

function tokenOf({ operation }: Call): bigint | undefined {
  return operation.name === "acquire" || operation.name === "tryAcquire"
    ? operation.token
    : undefined;
}

function bothGranted(a: Call, b: Call): boolean {
  return tokenOf(a) !== undefined && tokenOf(b) !== undefined;
}

function withToken(calls: readonly Call[], call: Call, token: bigint): readonly Call[] {
  return call.operation.name === "acquire" || call.operation.name === "tryAcquire"
    ? withOperation(calls, call, { ...call.operation, token })
    : calls;
}
