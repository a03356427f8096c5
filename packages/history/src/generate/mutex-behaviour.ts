import type { Operation } from "../history.ts";
import type { MutexOperation } from "../models/mutex.ts";
import type { Behaviour } from "./behaviour.ts";
import type { Random } from "./random.ts";

/** Clients acquire, one time in five only try, and release. */
export class MutexBehaviour implements Behaviour {
  readonly #random: Random;
  readonly #tokens: boolean;
  #holder: { readonly client: string; readonly token: bigint | undefined } | undefined;
  #issued = 0n;
  /** Clients that hold, or are on their way to. */
  readonly #engaged = new Set<string>();

  /** @param tokens - false: acquisitions have no fencing token */
  constructor(random: Random, tokens: boolean) {
    this.#random = random;
    this.#tokens = tokens;
  }

  next(client: string, left: number): MutexOperation | undefined {
    if (this.#holder?.client === client) return { name: "release", token: this.#holder.token };
    // Room is kept for a release by everybody who will hold, but for the very last call.
    if (left - this.#engaged.size < 2 && (left > 1 || this.#engaged.size > 0)) return undefined;
    this.#engaged.add(client);
    return this.#random.chance(0.2)
      ? { name: "tryAcquire", acquired: undefined, token: undefined }
      : { name: "acquire", token: undefined };
  }

  take(client: string, operation: Operation): MutexOperation | undefined {
    if (operation.name === "release") {
      this.#free(client);
      return operation;
    }
    if (this.#holder !== undefined) {
      if (operation.name === "acquire") return undefined;
      this.#engaged.delete(client);
      return { name: "tryAcquire", acquired: false, token: undefined };
    }
    // Tokens need not be dense.
    this.#issued += 1n + BigInt(this.#random.below(3));
    const token = this.#tokens ? this.#issued : undefined;
    this.#holder = { client, token };
    return operation.name === "acquire"
      ? { name: "acquire", token }
      : { name: "tryAcquire", acquired: true, token };
  }

  die(client: string): MutexOperation {
    this.#free(client);
    return { name: "died" };
  }

  #free(client: string): void {
    this.#engaged.delete(client);
    if (this.#holder?.client === client) this.#holder = undefined;
  }
}
