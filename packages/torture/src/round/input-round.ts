import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import {
  type Handle,
  isTicketlockError,
  parseContenderMessage,
  parseHandle,
  parseOwnerMessage,
  Providers,
  type StoreProvider,
} from "@ticketlock/core";
import { hostileValue } from "../contender/hostile-values.ts";
import { describe } from "../contender/selling.ts";
import { ownerMessage, sessionMessage, spoilt } from "../contender/well-formed.ts";
import { Draw } from "../plan/draw.ts";
import { hostileName, openMutexOf, strangers } from "./hostile-names.ts";
import { freshFault, nameFault, show, textFault } from "./refusals.ts";
import { RoundContext, type RoundOptions } from "./round-context.ts";
import type { RoundReport } from "./round-report.ts";

/** How much of each a round tries. */
const MESSAGES = 20_000;
const HANDLES = 150;
const TEXTS = 150;
const NAMES = 150;
const MOST_FINDINGS = 3;
/** The one folder in which named locks may leave anything. */
const STATE_NAME = "state";
const CAPACITY = 5;

/** A round without contenders: handles, messages and stored texts with something wrong in them. */
export function playInput(options: RoundOptions): Promise<RoundReport> {
  return new InputRound(options).play();
}

class InputRound {
  readonly #context: RoundContext;
  readonly #options: RoundOptions;
  readonly #draw: Draw;
  readonly #providers: Providers;
  readonly #found = new Map<string, number>();
  #inputs = 0;

  constructor(options: RoundOptions) {
    this.#options = options;
    this.#context = new RoundContext(options);
    this.#draw = new Draw(options.plan.sessionSeed);
    this.#providers = new Providers(options.adapters);
  }

  async play(): Promise<RoundReport> {
    this.#parseMessages();
    for (const provider of this.#providers.locks)
      for (const [kind] of provider.kinds) await this.#openLocks(kind);
    for (const provider of this.#providers.stores)
      for (const [kind] of provider.kinds) {
        await this.#openStores(kind);
        await this.#openTexts(kind, provider);
      }
    await this.#openNames();
    const { polluted } = {} as { polluted?: unknown };
    if (polluted !== undefined || Object.keys(Object.prototype).length > 0)
      this.#context.find("P15", "hostile input has reached the prototype of all objects");
    return this.#context.report({ inputs: this.#inputs });
  }

  /** Readers of messages give a fresh object, nothing, or a clear error. */
  #parseMessages(): void {
    const readers = [parseContenderMessage, parseOwnerMessage, parseHandle];
    for (let i = 0; i < MESSAGES; i++) {
      const value = this.#message();
      for (const read of readers)
        this.#refused(`${read.name} of`, value, () => {
          const fault = freshFault(read(value), value);
          if (fault !== undefined)
            this.#find(read.name, `${read.name} of ${show(value)}: ${fault}`);
        });
    }
  }

  /** Noise, and messages of which one field is wrong or none. */
  #message(): unknown {
    const draw = this.#draw;
    if (draw.chance(0.3)) return hostileValue(draw, 4);
    const message = draw.chance(0.5) ? sessionMessage(draw) : ownerMessage(draw);
    return draw.chance(0.5) ? spoilt(draw, message) : message;
  }

  async #openLocks(kind: string): Promise<void> {
    const handle = await this.#providers.createLock(kind, "threads");
    const lock = await this.#providers.openLock(handle);
    try {
      for (let i = 0; i < HANDLES; i++) {
        const other = this.#spoilt(handle);
        await this.#refusedLater(`opening the lock ${kind} by`, other, async () => {
          await (await this.#providers.openLock(other as Handle)).close();
        });
      }
      const guard = await this.#context.within("the lock is granted", lock.acquire());
      await guard.release();
    } finally {
      await lock.close();
    }
  }

  async #openStores(kind: string): Promise<void> {
    const handle = await this.#providers.createStore(kind, "threads", { capacity: CAPACITY });
    const store = await this.#providers.openStore(handle);
    try {
      for (let i = 0; i < HANDLES; i++) {
        const other = this.#spoilt(handle);
        await this.#refusedLater(`opening the store ${kind} by`, other, async () => {
          await (await this.#providers.openStore(other as Handle)).close();
        });
      }
      const { remaining } = await store.read();
      if (remaining !== CAPACITY)
        this.#context.find("P15", `a store of kind ${kind} has lost tickets to hostile handles`);
    } finally {
      await store.close();
    }
  }

  /**
   * Stores that are a text in a file: each byte of it may be another. What is refused stays as it is. One that is to
   * survive a power cut must find out every change.
   */
  async #openTexts(kind: string, provider: Pick<StoreProvider, "kinds">): Promise<void> {
    const path = `${this.#options.folder}/text-${kind}`;
    const options = { capacity: CAPACITY, path };
    let handle: Handle;
    try {
      handle = await this.#providers.createStore(kind, "threads", options);
    } catch (error) {
      // This kind lies in no file, or not in one here.
      if (isTicketlockError(error) || error instanceof TypeError) return;
      throw error;
    }
    const isText = readdirSync(this.#options.folder).includes(`text-${kind}`);
    const whole = isText ? readFileSync(path) : Buffer.alloc(0);
    if (whole[0] !== "{".charCodeAt(0)) return;
    const durable = provider.kinds.get(kind)!.durability === "power";
    const texts = Array.from({ length: TEXTS }, () => this.#damaged(whole));
    if (durable) texts.push(...Array.from(whole, (_byte, at) => this.#changed(whole, at)));
    for (const text of texts) {
      writeFileSync(path, text);
      const what = `a store of kind ${kind} with the text`;
      const read = (): Promise<void> => this.#readStore(handle);
      if (durable && !text.equals(whole))
        await this.#mustRefuse(`a store of kind ${kind}`, () => textFault(text, read)); // prettier-ignore
      else await this.#refusedLater(what, text.toString("latin1"), read);
      if (!readFileSync(path).equals(text))
        this.#find(what, `a store of kind ${kind} has changed a text that it was to read`);
    }
    writeFileSync(path, whole);
  }

  async #readStore(handle: Handle): Promise<void> {
    const store = await this.#providers.openStore(handle);
    try {
      const { remaining } = await store.read();
      if (!(remaining >= 0 && remaining <= CAPACITY))
        throw new Error(`${remaining} of ${CAPACITY} are left`);
    } finally {
      await store.close();
    }
  }

  /** Another byte in the place of one. */
  #changed(whole: Buffer, at: number): Buffer {
    const changed = Buffer.from(whole);
    changed[at] = (whole[at]! + this.#draw.whole(1, 255)) % 256;
    return changed;
  }

  /** Names that no lock may have are refused, and nothing is written but in the state directory. */
  async #openNames(): Promise<void> {
    const { memory: folder, adapters } = this.#options;
    // Threads share handles; names are for processes.
    if (this.#context.launcher.unit === "thread") return;
    const openMutex = await openMutexOf(adapters[0]!.url);
    if (openMutex === undefined) return;
    const known = new Set([...readdirSync(folder), STATE_NAME]);
    const stateDirectory = `${folder}/${STATE_NAME}`;
    for (let i = 0; i < NAMES; i++) {
      const name = hostileName(this.#draw);
      await this.#mustRefuse("openMutex", () =>
        nameFault(name, async () => (await openMutex(name, { stateDirectory })).close()),
      );
    }
    const left = strangers(folder, known);
    if (left.length > 0)
      this.#context.find(
        "P15",
        `hostile names have left ${left.join()} outside the state directory`,
      );
  }

  #damaged(whole: Buffer): Buffer {
    const draw = this.#draw;
    const at = draw.whole(0, whole.length - 1);
    switch (draw.whole(0, 3)) {
      case 0:
        return whole.subarray(0, at);
      case 1:
        return Buffer.concat([whole.subarray(0, at), Buffer.from(JSON.stringify(hostileValue(draw, 2)) ?? ""), whole.subarray(at)]); // prettier-ignore
      case 2:
        return Buffer.from(JSON.stringify(hostileValue(draw, 4)) ?? "");
      default: {
        const damaged = Buffer.from(whole);
        damaged[at] = draw.whole(0, 255);
        return damaged;
      }
    }
  }

  /** A handle of which a field is missing, of another type, or another's. */
  #spoilt(handle: Handle): unknown {
    const draw = this.#draw;
    if (draw.chance(0.2)) return hostileValue(draw, 3);
    const copy: Record<string, unknown> = { ...handle };
    const isPlain = handle.data !== null && typeof handle.data === "object";
    if (isPlain && draw.chance(0.6)) {
      const data = { ...(handle.data as Record<string, unknown>) };
      for (const key of draw.some(Object.keys(data), draw.whole(1, 2))) data[key] = this.#foreign();
      copy["data"] = data;
    } else
      for (const key of draw.some(Object.keys(copy), draw.whole(1, 2))) copy[key] = this.#foreign();
    return copy;
  }

  /** Paths lead nowhere, or into the round's own folder. */
  #foreign(): unknown {
    const { folder } = this.#options;
    const draw = this.#draw;
    return draw.one<unknown>([hostileValue(draw, 2), `${folder}/nothing`, folder, "/nonexistent", "", null, draw.whole(0, 3), `${folder}/\0`]); // prettier-ignore
  }

  #refused(what: string, value: unknown, act: () => void): void {
    this.#inputs++;
    try {
      act();
    } catch (error) {
      this.#judge(what, value, error);
    }
  }

  async #refusedLater(what: string, value: unknown, act: () => Promise<void>): Promise<void> {
    this.#inputs++;
    try {
      await this.#context.within(`${what} hostile input comes to an end`, act());
    } catch (error) {
      this.#judge(what, value, error);
    }
  }

  async #mustRefuse(what: string, fault: () => Promise<string | undefined>): Promise<void> {
    this.#inputs++;
    const found = await this.#context.within(`${what} comes to an end`, fault());
    if (found !== undefined) this.#find(what, `${what}: ${found}`);
  }

  #judge(what: string, value: unknown, error: unknown): void {
    if (!isClear(error))
      this.#find(what, `${what} ${show(value)} gave ${describe(error)}, which is no clear error`);
  }

  /** `what`: of each thing that was tried, the first few are told. */
  #find(what: string, sentence: string): void {
    const before = this.#found.get(what) ?? 0;
    this.#found.set(what, before + 1);
    if (before < MOST_FINDINGS) this.#context.find("P15", sentence);
  }
}

/** Ours, or one for a wrong argument in our words; not what the language says of its own accord. */
function isClear(error: unknown): boolean {
  if (isTicketlockError(error)) return true;
  const isArgument = error instanceof TypeError || error instanceof RangeError;
  return (
    isArgument && /^Cannot (?!read |set |destructure |convert |mix )[^]*: /.test(error.message)
  );
}
