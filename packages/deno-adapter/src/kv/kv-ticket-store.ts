import { dirname } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import {
  type AtomicTicketStore,
  type Commit,
  type FencingToken,
  type Handle,
  type Inventory,
  type Order,
  type Sale,
  type StoreGuarantees,
  TicketlockError,
  type WriteResult,
} from "@ticketlock/core";
import { checkToken, checkWrite, copyOrder, staleToken } from "@ticketlock/file-store/building-blocks"; // prettier-ignore
import { type Deno, denoGlobal, type Kv, type KvEntry, type KvKey } from "../deno-types.ts";
import { removeQuietly } from "../temporary-directories.ts";
import { isBusy, kvError, stayedBusy } from "./kv-errors.ts";
import type { KvFiles } from "./kv-files.ts";
import {
  type KvState,
  orderKey,
  readNumber,
  readSale,
  readState,
  saleKey,
  saleOf,
  stateKey,
  stateRecord,
} from "./kv-records.ts";
import { RetryCounts, type RetrySummary } from "./retry-counts.ts";

/** The kind's name in commands and handles. */
export const KV_KIND = "kv";

export const kvGuarantees: StoreGuarantees = {
  // Node and Bun have no Deno KV; the processes are Deno's.
  scope: "processes",
  atomic: true,
  versioned: true,
  fenced: true,
  idempotent: true,
  journal: true,
  // Deno waits for fsync, which on macOS leaves the data in the disk's own memory.
  durability: denoGlobal()?.build.os === "darwin" ? "process" : "power",
};

/** Milliseconds after which a change that others keep from its commit is given up. */
const BUSY_LIMIT_MS = 10_000;
/** A retry comes after a random part of this, twice as long each time up to the second number: a commit takes about a millisecond. */
const FIRST_PAUSE_MS = 1;
const LONGEST_PAUSE_MS = 32;
/** Most changes in one commit. Deno KV takes 1 000 mutations and 80 KiB of keys in one, and a change has 2 and 300 bytes. */
const MAX_GROUP = 128;
/** Most that waits in one instance: the rest is refused. */
const MAX_WAITING = 65_536;
/** Keys that Deno KV reads at a time. */
const MAX_KEYS = 10;
/** Sales that are read at a time, Deno KV's limit. */
const PAGE = 500;

/** What a store of this kind stands on. */
export interface KvParts {
  readonly deno: Deno;
  readonly path: string;
  /** Opened and checked. The store closes it. */
  readonly kv: Kv;
  readonly files: KvFiles;
  /** This instance takes the temporary directory with it. */
  readonly removes?: boolean;
  readonly busyLimitMs?: number;
}

/** What is decided about a change: the answer, the state after it where there is a new one, the sale that it enters. */
interface Decision {
  readonly answer: unknown;
  readonly next?: KvState;
  readonly sale?: Sale;
}

interface Change {
  /** Its sale is looked up for the decision. */
  readonly orderId: string | undefined;
  readonly decide: (state: KvState, known: Sale | undefined) => Decision;
  readonly sinceMs: number;
  readonly resolve: (answer: unknown) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * A ticket store in Deno KV.
 *
 * Every change is one `atomic().check(...).commit()` that is refused if anybody else came first; then
 * it is decided anew on what is there by then, after a short pause at random, for at most 10 s. What
 * is asked of this instance meanwhile shares the next commit. `retries` tells what that has cost.
 *
 * **Crash behaviour**: a change that was answered survives the end of any process and a power cut
 * (`process` on macOS, where Deno does not ask the disk to empty its own memory); one that was cut
 * short is there as a whole or not at all.
 *
 * **A file that was removed or replaced** is noticed before a change is answered (`STORE_UNAVAILABLE`).
 *
 * **Fairness**: none between processes, and one may lose many times in a row. Within one, changes
 * are made in the order in which they came.
 */
export class KvTicketStore implements AtomicTicketStore {
  readonly handle: Handle;
  readonly guarantees: StoreGuarantees = kvGuarantees;
  readonly #parts: KvParts;
  readonly #busyLimitMs: number;
  readonly #waiting: Change[] = [];
  readonly #retries = new RetryCounts();
  #pump: Promise<void> | undefined;
  #closing: Promise<void> | undefined;

  constructor(handle: Handle, parts: KvParts) {
    this.handle = handle;
    this.#parts = parts;
    this.#busyLimitMs = parts.busyLimitMs ?? BUSY_LIMIT_MS;
  }

  /** Of the commits of this instance. A commit makes all changes that were asked for together. */
  get retries(): RetrySummary {
    return this.#retries.summary();
  }

  async read(token?: FencingToken): Promise<Inventory> {
    this.#checkOpen();
    const fencing = checkToken(token);
    if (fencing === 0) return inventoryOf(await this.#readState());
    return (await this.#change(undefined, (state): Decision => {
      if (fencing < state.fence) return { answer: staleToken(fencing, state.fence) };
      return { answer: inventoryOf(state), next: raised(state, fencing) };
    })) as Inventory;
  }

  /** @throws {RangeError} also if the order takes more tickets than are gone: `remaining` must have gone down by them. */
  async write(next: Inventory, commit: Commit = {}): Promise<WriteResult> {
    this.#checkOpen();
    const { capacity, remaining, token, expectedVersion, order, firstSerial } = checkWrite(
      next,
      commit,
    );
    return (await this.#change(order?.id, (state, known): Decision => {
      if (known !== undefined) return { answer: "duplicate" };
      if (token !== 0 && token < state.fence) return { answer: staleToken(token, state.fence) };
      const now = raised(state, token);
      if (expectedVersion !== undefined && expectedVersion !== state.version)
        return { answer: "conflict", next: now };
      const after = { ...now, capacity, remaining, version: state.version + 1 };
      if (order === undefined) return { answer: "written", next: after };
      return { answer: "written", ...entered(after, saleOf(order, firstSerial)) };
    })) as WriteResult;
  }

  /**
   * The same order id gets the same sale, from whichever process and with whichever token.
   * @throws {TicketlockError} `STORE_STALE_TOKEN`, `STORE_CORRUPT`; `STORE_UNAVAILABLE`: ask again with
   * the same order id, for the disk may have taken it; `QUEUE_FULL` if 65 536 changes wait already.
   */
  async sell(order: Order, token?: FencingToken): Promise<Sale | undefined> {
    this.#checkOpen();
    const wish = copyOrder(order);
    const fencing = checkToken(token);
    return (await this.#change(wish.id, (state, known): Decision => {
      if (known !== undefined) return { answer: known };
      if (fencing !== 0 && fencing < state.fence)
        return { answer: staleToken(fencing, state.fence) };
      const now = raised(state, fencing);
      if (state.remaining < wish.quantity) return { answer: undefined, next: now };
      const sale = saleOf(wish, state.capacity - state.remaining);
      const remaining = state.remaining - wish.quantity;
      return {
        answer: sale,
        ...entered({ ...now, remaining, version: state.version + 1 }, sale),
      };
    })) as Sale | undefined;
  }

  /** The sales up to now, read 500 at a time. */
  async *sales(): AsyncGenerator<Sale> {
    this.#checkOpen();
    const { path, kv } = this.#parts;
    const last = (await this.#readState()).sales;
    let number = 0;
    try {
      const range = { start: saleKey(1), end: saleKey(last + 1) };
      for await (const { key, value } of kv.list(range, { batchSize: PAGE })) {
        this.#checkOpen();
        if (key[2] !== ++number) break;
        yield readSale(path, value);
      }
    } catch (error) {
      throw kvError("read", path, error);
    }
    if (number !== last)
      throw kvError("read", path, new Error(`the journal is corrupt: sale ${number} is missing`));
  }

  async fence(): Promise<FencingToken> {
    this.#checkOpen();
    return (await this.#readState()).fence;
  }

  /** Changes that wait are made first. */
  close(): Promise<void> {
    return (this.#closing ??= this.#close());
  }

  async #close(): Promise<void> {
    await this.#pump;
    const { deno, path, kv, removes } = this.#parts;
    kv.close();
    if (removes) removeQuietly(deno, dirname(path));
  }

  #change(orderId: string | undefined, decide: Change["decide"]): Promise<unknown> {
    if (this.#waiting.length >= MAX_WAITING)
      throw new TicketlockError(
        "QUEUE_FULL",
        `Cannot change the store: ${MAX_WAITING} changes of this process wait already. Await some of them first.`,
      );
    return new Promise((resolve, reject) => {
      const sinceMs = performance.now();
      this.#waiting.push({ orderId, decide, sinceMs, resolve, reject });
      this.#pump ??= this.#work();
    });
  }

  /** Commits what waits, group after group. Never rejects. */
  async #work(): Promise<void> {
    await Promise.resolve(); // what is asked for in the same breath comes along
    while (this.#waiting.length > 0) {
      const group = this.#waiting.splice(0, MAX_GROUP);
      try {
        await this.#commit(group);
      } catch (error) {
        for (const { reject } of group) reject(error);
      }
    }
    this.#pump = undefined;
  }

  /** Makes all changes of the group in one commit, tried until nobody comes between; then answers them. */
  async #commit(group: readonly Change[]): Promise<void> {
    const oldestMs = group[0]!.sinceMs;
    for (let retries = 0; ; retries++) {
      const answers = await this.#attempt(group);
      if (answers !== undefined) {
        this.#retries.add(retries);
        for (const [i, { resolve, reject }] of group.entries()) {
          const answer = answers[i];
          if (answer instanceof TicketlockError) reject(answer);
          else resolve(answer);
        }
        return;
      }
      if (performance.now() - oldestMs > this.#busyLimitMs)
        throw stayedBusy(this.#parts.path, this.#busyLimitMs);
      // Spread at random, so that those who met once do not meet again.
      await sleep(Math.random() * Math.min(FIRST_PAUSE_MS * 2 ** retries, LONGEST_PAUSE_MS));
    }
  }

  /** The answers, once they are committed; `undefined` if somebody else has changed the store meanwhile. */
  async #attempt(group: readonly Change[]): Promise<readonly unknown[] | undefined> {
    const { path, kv, files } = this.#parts;
    try {
      const entry = await this.#within(kv.get(stateKey));
      const before = readState(path, entry.value);
      // Read after the state: if that has not changed by the commit, no sale was entered meanwhile.
      const known = await this.#findSales(group);
      const atomic = kv.atomic().check(entry);
      let state = before;
      const answers = group.map(({ orderId, decide }) => {
        const { answer, next, sale } = decide(state, known.get(orderId));
        state = next ?? state;
        if (sale !== undefined) {
          known.set(sale.order, sale);
          atomic.set(saleKey(state.sales), sale).set(orderKey(sale.order), state.sales);
        }
        return answer;
      });
      if (state !== before) {
        atomic.set(stateKey, stateRecord(state));
        if (!(await this.#within(atomic.commit())).ok) return undefined;
      }
      // After the commit: if the files stand where they stood, it went to them.
      files.check();
      return answers;
    } catch (error) {
      if (isBusy(error)) return undefined;
      throw kvError("write", path, error);
    }
  }

  /** The sales of those of the group's orders that are in the journal. */
  async #findSales(group: readonly Change[]): Promise<Map<string | undefined, Sale>> {
    const { path } = this.#parts;
    const ids = [...new Set(group.flatMap(({ orderId }) => orderId ?? []))];
    const numbers = await this.#getAll(ids.map(orderKey));
    const found = numbers.flatMap(({ value }) => readNumber(path, value) ?? []);
    const sales = await this.#getAll(found.map(saleKey));
    return new Map(
      sales.map(({ value }) => {
        const sale = readSale(path, value);
        return [sale.order, sale];
      }),
    );
  }

  async #getAll(keys: readonly KvKey[]): Promise<KvEntry[]> {
    const entries: KvEntry[] = [];
    for (let at = 0; at < keys.length; at += MAX_KEYS)
      entries.push(...(await this.#within(this.#parts.kv.getMany(keys.slice(at, at + MAX_KEYS)))));
    return entries;
  }

  async #readState(): Promise<KvState> {
    const { path, kv } = this.#parts;
    try {
      return readState(path, (await this.#within(kv.get(stateKey))).value);
    } catch (error) {
      throw kvError("read", path, error);
    }
  }

  /** Deno itself waits without end for a database that others have locked. */
  async #within<T>(answer: Promise<T>): Promise<T> {
    const limit = new AbortController();
    const late = async (): Promise<never> => {
      await sleep(this.#busyLimitMs, undefined, { signal: limit.signal });
      throw stayedBusy(this.#parts.path, this.#busyLimitMs);
    };
    const [given, limited] = [answer, late()];
    given.catch(() => undefined); // it may still fail when nobody waits for it any more
    limited.catch(() => undefined);
    try {
      return await Promise.race([given, limited]);
    } finally {
      limit.abort();
    }
  }

  #checkOpen(): void {
    if (this.#closing !== undefined)
      throw new TicketlockError(
        "STORE_CLOSED",
        `Cannot use the store ${this.#parts.path}: it was closed here. Open its handle again.`,
      );
  }
}

function inventoryOf({ capacity, remaining, version }: KvState): Inventory {
  return { capacity, remaining, version };
}

/** The same state where the fence is high enough already. */
function raised(state: KvState, token: FencingToken): KvState {
  return token > state.fence ? { ...state, fence: token } : state;
}

/** The state with one more sale in the journal. */
function entered(state: KvState, sale: Sale): { readonly next: KvState; readonly sale: Sale } {
  return { next: { ...state, sales: state.sales + 1 }, sale };
}
