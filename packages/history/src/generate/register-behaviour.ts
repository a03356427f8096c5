import type { Operation } from "../history.ts";
import type { RegisterOperation } from "../models/register.ts";
import type { Behaviour } from "./behaviour.ts";
import type { Random } from "./random.ts";

/** Half reads, a quarter writes, a quarter compare-and-sets that expect what their client has last seen. */
export class RegisterBehaviour implements Behaviour {
  readonly #random: Random;
  readonly #values: number;
  #value: number | null = null;
  #written = 0;
  readonly #lastSeen = new Map<string, number | null>();

  /** @param values - how many different values are written; Infinity: each is written once */
  constructor(random: Random, values: number) {
    this.#random = random;
    this.#values = values;
  }

  next(client: string): RegisterOperation {
    const kind = this.#random.below(4);
    if (kind < 2) return { name: "read", value: undefined };
    const value = this.#fresh();
    if (kind === 2) return { name: "write", value };
    const expected = this.#lastSeen.get(client) ?? null;
    return { name: "cas", expected, value, swapped: undefined };
  }

  take(client: string, operation: Operation): RegisterOperation {
    const done = this.#do(operation as RegisterOperation);
    this.#lastSeen.set(client, this.#value);
    return done;
  }

  #do(operation: RegisterOperation): RegisterOperation {
    if (operation.name === "read") return { ...operation, value: this.#value };
    const swapped = operation.name === "write" || operation.expected === this.#value;
    if (swapped) this.#value = operation.value as number;
    return operation.name === "write" ? operation : { ...operation, swapped };
  }

  die(): undefined {
    return undefined;
  }

  #fresh(): number {
    this.#written++;
    return this.#values === Infinity ? this.#written : this.#random.below(this.#values);
  }
}
