import type { Slice } from "../check/slice.ts";
import type { Fields } from "../format/fields.ts";
import { HistoryFault } from "../format/history-fault.ts";
import type { Machine, Model, QuickVerdict, Written } from "./model.ts";
import { MutexMachine } from "./mutex-machine.ts";
import { decideByTokens } from "./mutex-order.ts";
import { operationUnknown } from "./operation-unknown.ts";

/** A call on a mutex. `token`: `undefined` if it has none, or if it is not known. */
export type MutexOperation =
  | { readonly name: "acquire"; readonly token: bigint | undefined }
  | {
      readonly name: "tryAcquire";
      /** `undefined`: not known. */
      readonly acquired: boolean | undefined;
      readonly token: bigint | undefined;
    }
  | { readonly name: "release"; readonly token: bigint | undefined }
  /** The client is gone. What it held comes free at any time after, or never. */
  | { readonly name: "died" };

/**
 * At most one client holds it, only the holder frees it, and each fencing token is greater than all
 * before. A try fails only while somebody holds it.
 */
export class Mutex implements Model<MutexOperation> {
  readonly operationNames: readonly string[] = ["acquire", "tryAcquire", "release", "died"];

  read(name: string, given: Fields, result: Fields | undefined): MutexOperation {
    switch (name) {
      case "acquire":
        return { name, token: tokenIn(result) };
      case "tryAcquire": {
        const acquired = result?.flag("acquired");
        return { name, acquired, token: acquired === true ? tokenIn(result) : undefined };
      }
      case "release":
        return { name, token: tokenIn(given) };
      case "died":
        if (result === undefined) return { name };
        throw new HistoryFault(
          "HISTORY_VALUE_INVALID",
          `"died" is told with a return. Leave "return" and "outcome" out: what a dead client held comes free at any time after.`,
        );
      default:
        throw operationUnknown(name, this.operationNames);
    }
  }

  write(operation: MutexOperation): Written {
    if (operation.name === "died") return {};
    const token = operation.token === undefined ? {} : { token: operation.token };
    if (operation.name === "release") return { arguments: token };
    if (operation.name === "acquire") return { result: token };
    const { acquired } = operation;
    return acquired === undefined ? {} : { result: { acquired, ...token } };
  }

  withoutResult(operation: MutexOperation): MutexOperation {
    switch (operation.name) {
      case "acquire":
        return { name: "acquire", token: undefined };
      case "tryAcquire":
        return { name: "tryAcquire", acquired: undefined, token: undefined };
      case "release":
      case "died":
        return operation;
    }
  }

  machine(slice: Slice<MutexOperation>): Machine {
    return new MutexMachine(slice);
  }

  decideQuickly(slice: Slice<MutexOperation>): QuickVerdict {
    return decideByTokens(slice);
  }

  describe(operation: MutexOperation): string {
    if (operation.name === "died") return "died";
    const token = operation.token === undefined ? "" : ` with token ${operation.token}`;
    if (operation.name !== "tryAcquire") return `${operation.name}${token}`;
    if (operation.acquired === undefined) return "tryAcquire";
    return operation.acquired ? `tryAcquire${token}, acquired` : "tryAcquire, not acquired";
  }
}

function tokenIn(fields: Fields | undefined): bigint | undefined {
  if (fields === undefined || !fields.has("token")) return undefined;
  return fields.integer("token");
}
