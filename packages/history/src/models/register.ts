import type { RankedCall, Slice } from "../check/slice.ts";
import type { Fields, Scalar } from "../format/fields.ts";
import { quote } from "../format/history-fault.ts";
import type { Machine, Model, QuickVerdict, Written } from "./model.ts";
import { operationUnknown } from "./operation-unknown.ts";

export type RegisterValue = Scalar;

/** A call on a register with compare-and-set. `undefined` is a result that is not known. */
export type RegisterOperation =
  | { readonly name: "read"; readonly value: RegisterValue | undefined }
  | { readonly name: "write"; readonly value: RegisterValue }
  | {
      readonly name: "cas";
      readonly expected: RegisterValue;
      readonly value: RegisterValue;
      /** False: it compared, and found another value than `expected`. */
      readonly swapped: boolean | undefined;
    };

/** One value that is read, written, and set if it is as expected. */
export class Register implements Model<RegisterOperation> {
  readonly operationNames: readonly string[] = ["read", "write", "cas"];
  readonly #initial: RegisterValue;

  constructor(initial: RegisterValue) {
    this.#initial = initial;
  }

  read(name: string, given: Fields, result: Fields | undefined): RegisterOperation {
    switch (name) {
      case "read":
        return { name, value: result?.scalar("value") };
      case "write":
        return { name, value: given.scalar("value") };
      case "cas": {
        const [expected, value] = [given.scalar("expected"), given.scalar("value")];
        const swapped = result?.has("swapped") === false ? true : result?.flag("swapped");
        return { name, expected, value, swapped };
      }
      default:
        throw operationUnknown(name, this.operationNames);
    }
  }

  write(operation: RegisterOperation): Written {
    switch (operation.name) {
      case "read":
        return operation.value === undefined ? {} : { result: { value: operation.value } };
      case "write":
        return { arguments: { value: operation.value } };
      case "cas": {
        const { expected, value, swapped } = operation;
        const given = { arguments: { expected, value } };
        return swapped === undefined ? given : { ...given, result: { swapped } };
      }
    }
  }

  withoutResult(operation: RegisterOperation): RegisterOperation | undefined {
    if (operation.name === "read") return undefined;
    return operation.name === "cas" ? { ...operation, swapped: undefined } : operation;
  }

  machine(slice: Slice<RegisterOperation>): Machine {
    return new RegisterMachine(slice, this.#initial);
  }

  /** Values give no order: the same one may be written twice. */
  decideQuickly(): QuickVerdict {
    return undefined;
  }

  describe(operation: RegisterOperation): string {
    switch (operation.name) {
      case "read":
        return operation.value === undefined ? "read" : `read ${quote(operation.value)}`;
      case "write":
        return `write ${quote(operation.value)}`;
      case "cas": {
        const change = `${quote(operation.expected)} to ${quote(operation.value)}`;
        return `cas ${change}${operation.swapped === false ? ", not swapped" : ""}`;
      }
    }
  }
}

/** A state is the number of a value. */
class RegisterMachine implements Machine {
  readonly initial: number;
  readonly #operations: readonly RegisterOperation[];
  /** Numbers of the value that each call needs and of the one it leaves. */
  readonly #needed: number[] = [];
  readonly #left: number[] = [];
  readonly #knownCount: number;
  readonly #numbers = new Map<string, number>();
  readonly #values: RegisterValue[] = [];
  /** Values that a call was seen to find, or may have found; and those that one did not find. */
  readonly #found = new Set<number>();
  readonly #missed = new Set<number>();

  constructor({ known, unknown }: Slice<RegisterOperation>, initial: RegisterValue) {
    this.initial = this.#numberOf(initial);
    this.#knownCount = known.length;
    this.#operations = [...known, ...unknown].map(
      ({ operation }: RankedCall<RegisterOperation>) => operation,
    );
    for (const operation of this.#operations) this.#add(operation);
  }

  #add(operation: RegisterOperation): void {
    const { name, value } = operation;
    const left = this.#numberOf(value!);
    const needed = name === "cas" ? this.#numberOf(operation.expected) : left;
    this.#left.push(left);
    this.#needed.push(needed);
    if (name === "cas" && operation.swapped === false) this.#missed.add(needed);
    else if (name !== "write") this.#found.add(needed);
  }

  #numberOf(value: RegisterValue): number {
    const key = JSON.stringify(value);
    let number = this.#numbers.get(key);
    if (number === undefined) {
      number = this.#values.push(value) - 1;
      this.#numbers.set(key, number);
    }
    return number;
  }

  next(state: number, call: number): number {
    const operation = this.#operations[call]!;
    if (operation.name === "write") return this.#left[call]!;
    const fits = state === this.#needed[call];
    if (operation.name === "read") return fits ? state : -1;
    if (operation.swapped === undefined) return fits ? this.#left[call]! : state;
    if (operation.swapped) return fits ? this.#left[call]! : -1;
    return fits ? -1 : state;
  }

  isObservation(call: number): boolean {
    const operation = this.#operations[call]!;
    return operation.name === "read" || (operation.name === "cas" && operation.swapped === false);
  }

  /**
   * A value that nobody found explains nothing: take its write out of a valid order, and up to the
   * next write nobody looks. Only a cas that did not find what it expected may be glad of any other
   * value; then those of which nobody speaks are all the same.
   */
  classOf(call: number): string | undefined {
    if (call < this.#knownCount) return undefined;
    const left = this.#left[call]!;
    const isFound = this.#found.has(left);
    if (!isFound && this.#missed.size === 0) return undefined;
    const value = isFound || this.#missed.has(left) ? `${left}` : "any other";
    return this.#operations[call]!.name === "write" ? value : `${this.#needed[call]}>${value}`;
  }

  describe(state: number): string {
    return `the register holds ${quote(this.#values[state])}`;
  }
}
