import type { Call } from "../history.ts";
import type { RegisterOperation, RegisterValue } from "../models/register.ts";
import { isBefore, type Mutation, withOperation } from "./mutation.ts";
import type { Random } from "./random.ts";

/** Every value must be written once only. */
export const registerMutations: Readonly<Record<string, Mutation>> = {
  "never-written": (calls, random) => {
    const read = random.pick(calls.filter(({ operation }) => operation.name === "read"));
    return read && withOperation(calls, read, { name: "read", value: -1 });
  },

  "stale-read": (calls, random) => {
    const found = overwritten(calls, random, (operation) => operation.name === "read");
    return found && withOperation(calls, found.late, { name: "read", value: found.value });
  },

  /** It swaps although the value that it expects was overwritten before it began. */
  "stale-cas": (calls, random) => {
    const found = overwritten(calls, random, (operation) => operation.name === "cas");
    if (found === undefined) return undefined;
    const { value } = found.late.operation as { readonly value: RegisterValue };
    const swap = { name: "cas", expected: found.value, value, swapped: true } as const;
    return withOperation(calls, found.late, swap);
  },
};

/** A value, and a call that began when a later one had already been written. */
function overwritten(
  calls: readonly Call[],
  random: Random,
  suits: (operation: RegisterOperation) => boolean,
): { readonly value: RegisterValue; readonly late: Call } | undefined {
  const writes = calls.filter(({ operation }) => operation.name === "write");
  const byReturn = writes.toSorted((a, b) => Number(a.returnedNs! - b.returnedNs!));
  const late = calls.filter(({ operation }) => suits(operation as RegisterOperation));
  for (let tries = 0; tries < 1_000; tries++) {
    const call = random.pick(late);
    const second = call && random.pick(byReturn.filter((write) => isBefore(write, call)).slice(-9));
    const first = second && byReturn.filter((write) => isBefore(write, second)).at(-1);
    if (first === undefined) continue;
    const { value } = first.operation as { readonly value: RegisterValue };
    return { value, late: call! };
  }
  return undefined;
}
