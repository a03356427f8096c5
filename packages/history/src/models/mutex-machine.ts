import type { RankedCall, Slice } from "../check/slice.ts";
import { quote } from "../format/history-fault.ts";
import type { Machine } from "./model.ts";
import type { MutexOperation } from "./mutex.ts";

/** Not a token's rank: the call has none, or one that is not known. */
const NO_RANK = -1;

/**
 * A state is how many of the known tokens have been issued, and who holds the lock: nobody, or a
 * client, by a hold whose token is known (then it is the last one issued) or not.
 *
 * Every known token must be issued, and a token can only follow a lower one. So the next token that
 * can be issued is always the lowest that has not been.
 */
export class MutexMachine implements Machine {
  readonly initial = 0;
  readonly #calls: readonly RankedCall<MutexOperation>[];
  readonly #knownCount: number;
  readonly #clients: readonly string[];
  readonly #clientOf: readonly number[];
  /** In rising order, each once. */
  readonly #tokens: readonly bigint[];
  /** Of the token of each call; that of a release may be of none. */
  readonly #rankOf: readonly number[];
  /** Clients of which a release or a death is told; of which a release has returned. */
  readonly #freeing = new Set<number>();
  readonly #released = new Set<number>();
  readonly #anyFailedTry: boolean;

  constructor({ known, unknown }: Slice<MutexOperation>) {
    this.#calls = [...known, ...unknown];
    this.#knownCount = known.length;
    this.#clients = [...new Set(this.#calls.map(({ call }) => call.client))];
    const numbers = new Map(this.#clients.map((client, i) => [client, i]));
    this.#clientOf = this.#calls.map(({ call }) => numbers.get(call.client)!);
    this.#tokens = issuedTokens(known);
    const ranks = new Map(this.#tokens.map((token, i) => [token, i]));
    this.#rankOf = this.#calls.map(({ operation }) => {
      const token = operation.name === "died" ? undefined : operation.token;
      return token === undefined ? NO_RANK : (ranks.get(token) ?? this.#tokens.length);
    });
    this.#anyFailedTry = known.some(({ operation }) => isFailedTry(operation));
    for (const [i, { operation }] of this.#calls.entries()) {
      if (operation.name !== "release" && operation.name !== "died") continue;
      this.#freeing.add(this.#clientOf[i]!);
      if (operation.name === "release" && i < this.#knownCount)
        this.#released.add(this.#clientOf[i]!);
    }
  }

  next(state: number, call: number): number {
    const { operation } = this.#calls[call]!;
    const client = this.#clientOf[call]!;
    const rank = this.#rankOf[call]!;
    const holders = 1 + 2 * this.#clients.length;
    const holder = state % holders;
    const issued = (state - holder) / holders;
    if (isFailedTry(operation)) return holder === 0 ? -1 : state;
    if (operation.name === "acquire" || operation.name === "tryAcquire") {
      if (holder !== 0) return -1;
      if (rank === NO_RANK) return state + 1 + 2 * client;
      return rank === issued ? (issued + 1) * holders + 2 + 2 * client : -1;
    }
    const tokenIsKnown = holder === 2 + 2 * client;
    const holds = tokenIsKnown || holder === 1 + 2 * client;
    const matches = rank === NO_RANK || !tokenIsKnown || rank === issued - 1;
    if (holds && matches) return state - holder;
    return call < this.#knownCount ? -1 : state;
  }

  isObservation(call: number): boolean {
    return isFailedTry(this.#calls[call]!.operation);
  }

  /**
   * That an unknown acquisition was granted explains a try that failed, or a release that returned;
   * otherwise it can be taken out of a valid order, together with its end.
   */
  classOf(call: number): string | undefined {
    if (call < this.#knownCount) return undefined;
    const { operation } = this.#calls[call]!;
    const client = this.#clientOf[call]!;
    if (operation.name === "died") return `${client} freed`;
    if (operation.name === "release") return `${client} freed ${operation.token ?? ""}`;
    if (!this.#anyFailedTry && !this.#released.has(client)) return undefined;
    return this.#freeing.has(client) ? `${client} acquired` : "acquired for good";
  }

  describe(state: number): string {
    const holders = 1 + 2 * this.#clients.length;
    const holder = state % holders;
    const issued = (state - holder) / holders;
    const last = issued === 0 ? "" : `, and the last token is ${this.#tokens[issued - 1]}`;
    if (holder === 0) return `nobody holds the lock${last}`;
    return `${quote(this.#clients[(holder - 1) >> 1])} holds the lock${last}`;
  }
}

function isFailedTry(operation: MutexOperation): boolean {
  return operation.name === "tryAcquire" && operation.acquired === false;
}

function issuedTokens(known: readonly RankedCall<MutexOperation>[]): bigint[] {
  const tokens = known.flatMap(({ operation }) =>
    (operation.name === "acquire" || operation.name === "tryAcquire") &&
    operation.token !== undefined
      ? [operation.token]
      : [],
  );
  return [...new Set(tokens)].sort((a, b) => (a < b ? -1 : a > b ? 1 : 0));
}
