import { existsSync, writeFileSync } from "node:fs";
import process from "node:process";
import { DIES_TOPIC, isProcessOver, until } from "@ticketlock/conformance/kit";
import {
  isResettableLock,
  type Lock,
  type LockState,
  openSession,
  type Outcome,
  Providers,
  type Session,
  type SessionOptions,
} from "@ticketlock/core";
import { formatCount } from "../contender/counting.ts";
import type { HistoryFiles } from "../contender/history-files.ts";
import { COUNTER_NAME, waveName } from "../contender/notes.ts";
import { pause } from "../contender/pausing.ts";
import { ENDS_TOPIC } from "../contender/player.ts";
import { describe } from "../contender/selling.ts";
import { restoreClock } from "../contender/shifted-clock.ts";
import { moduleBeside } from "../module-beside.ts";
import type { FaultName } from "../plan/faults.ts";
import { ATTACKED_TOPIC, type ContendInput, WAVE_TOPIC } from "../workloads/contend.ts";
import { closeBooks, journalFaults, salesOf } from "./closing-books.ts";
import { Injecting } from "./injecting.ts";
import { RoundContext, type RoundOptions } from "./round-context.ts";
import { useSmallHeap } from "./small-heap.ts";
import type { RoundReport } from "./round-report.ts";

/** Name of a store's file, or its beginning, where it must outlive the session. */
const STORE_NAME = "tickets";
/** Faults that a store must be looked at after, in another session or when all have closed it. */
const OUTLIVING: ReadonlySet<FaultName> = new Set<FaultName>(["owner-kill", "kill-writing"]);

/** A round in which contenders compete in waves, and something is done to them in each. */
export class SessionRound {
  readonly #context: RoundContext;
  readonly #options: RoundOptions;
  readonly #files: HistoryFiles;
  readonly #begun: PromiseWithResolvers<void>[];
  #session!: Session;
  #injecting!: Injecting;
  #running: Promise<readonly Outcome<unknown>[]> | undefined;
  #ended = false;
  #state: LockState | null = null;
  #clockErrorNs = 0;
  #fence = 0;

  constructor(options: RoundOptions) {
    this.#options = options;
    this.#context = new RoundContext(options);
    this.#files = this.#context.ownerFiles();
    this.#begun = options.plan.waves.map(() => Promise.withResolvers<void>());
  }

  /** @throws what opening a session throws, and the signal's reason */
  async play(): Promise<RoundReport> {
    const { folder, signal, plan } = this.#options;
    if (!existsSync(`${folder}/${COUNTER_NAME}`))
      writeFileSync(`${folder}/${COUNTER_NAME}`, formatCount(0), { mode: 0o600 });
    const endSmallHeap = plan.fault === "memory" ? useSmallHeap(folder) : undefined;
    try {
      this.#session = await openSession(this.#sessionOptions());
    } finally {
      endSmallHeap?.();
    }
    const session = this.#session;
    const lookAgain = await this.#context.ownerLooksSeldom();
    const close = (): void => void session.close().catch(() => undefined);
    signal.addEventListener("abort", close, { once: true });
    try {
      this.#injecting = new Injecting(this.#context, session, this.#files);
      this.#options.tell({
        type: "open",
        round: plan.round,
        owner: process.pid,
        ids: this.#context.launcher.unit === "process" ? session.ids : [],
      });
      this.#fence = Number((await session.store?.fence()) ?? 0);
      return await this.#playOpen();
    } finally {
      signal.removeEventListener("abort", close);
      restoreClock();
      lookAgain();
      await session.close();
    }
  }

  async #playOpen(): Promise<RoundReport> {
    let stall: string | null = null;
    let outcomes: readonly Outcome<unknown>[] = [];
    try {
      this.#running = this.#run();
      await this.#playWaves();
      outcomes = await this.#context.within("all who live come to their end", this.#running);
      await this.#closeUp();
    } catch (error) {
      this.#options.signal.throwIfAborted();
      stall = `${describe(error)} ${await this.#standing()}`;
      await this.#crashAll();
      outcomes = (await this.#running?.catch(() => [])) ?? [];
    }
    return this.#context.report({
      injected: this.#injecting.injected,
      outcomes: outcomes.map((outcome) =>
        outcome.status === "done"
          ? { status: "done" }
          : { status: outcome.status, error: describe(outcome.error) },
      ),
      stall,
      state: this.#state,
      clockErrorNs: this.#clockErrorNs,
      fence: Math.max(this.#fence, this.#options.plan.tokensAbove),
    });
  }

  #sessionOptions(): SessionOptions {
    const { adapters, plan, folder, memory } = this.#options;
    const { lock, store, capacity, room, tokensAbove, contenders, sessionSeed } = plan;
    // What is to survive a power cut lies on a disk; Deno lets nobody write among the devices, but by mapping.
    const place = this.#durability === "power" ? folder : memory;
    const options = {
      capacity,
      ...(OUTLIVING.has(plan.fault) && { path: `${place}/${STORE_NAME}` }),
      ...(room !== null && { maxSales: room }),
    };
    return {
      adapters,
      contenders,
      seed: sessionSeed,
      writes: [folder],
      lock: lock === null ? { count: 0 } : { kind: lock, options: { tokensAbove } },
      ...(store !== null && { store: { kind: store, options } }),
    };
  }

  #run(): Promise<readonly Outcome<unknown>[]> {
    const { folder, phase, plan } = this.#options;
    const lock = this.#lock;
    const { style, pauses, lingers, room, waves } = plan;
    const input: ContendInput = {
      folder,
      phase,
      style,
      pauses,
      lingers,
      waves,
      mayBeFull: room !== null,
      looksSeldom: this.#context.looksSeldom,
      offsetNs: String(this.#context.offsetNs),
      unit: this.#context.launcher.unit,
      expected: lock !== undefined && isResettableLock(lock) ? ["LOCK_LOST"] : [],
    };
    const running = this.#session.run(moduleBeside("./workloads/contend"), input, {
      onSend: (topic, body, index) => this.#hear(topic, body, index),
      onRequest: (topic, body, index) => this.#hear(topic, body, index),
    });
    running.then(
      () => (this.#ended = true),
      () => (this.#ended = true),
    );
    return running;
  }

  /** What contenders say; one of them may be hostile, and say anything. */
  #hear(topic: string, body: unknown, index: number): null {
    if (topic === WAVE_TOPIC && typeof body === "object" && body !== null) {
      const { wave, clockErrorNs } = body as { wave: unknown; clockErrorNs: unknown };
      if (typeof wave === "number") this.#begun[wave]?.resolve();
      if (typeof clockErrorNs === "number")
        this.#clockErrorNs = Math.max(this.#clockErrorNs, clockErrorNs);
    }
    if (topic === ENDS_TOPIC) this.#injecting.ends(index);
    if (topic === DIES_TOPIC) void this.#injecting.dies(index);
    if (topic === ATTACKED_TOPIC) this.#injecting.attacked(index);
    return null;
  }

  async #playWaves(): Promise<void> {
    const { plan, folder, phase } = this.#options;
    for (const [number, { beforeMs, afterMs, injections }] of plan.waves.entries()) {
      const begun = Promise.race([this.#begun[number]!.promise, this.#running]);
      await this.#context.within(`wave ${number} begins, for which all who live must rest`, begun);
      if (this.#ended) return;
      await pause(beforeMs);
      for (const injection of injections) await this.#injecting.inject(number, injection);
      await pause(afterMs);
      writeFileSync(`${folder}/${waveName(phase, number)}`, "", { mode: 0o600 });
    }
  }

  /** When nobody competes any more: the lock must be free and sound, and the books in order. */
  async #closeUp(): Promise<void> {
    const { store } = this.#session;
    let token = 0;
    if (this.#lock !== undefined) token = await this.#comeLast(this.#lock);
    if (store === undefined) return;
    await closeBooks(this.#context, store, this.#files, token);
    if (OUTLIVING.has(this.#options.plan.fault)) await this.#reopen();
  }

  /** The owner is granted, too, and puts right what others have left; its token. */
  async #comeLast(lock: Lock): Promise<number> {
    await this.#injecting.resetIfLost();
    const call = this.#files.lockCall("acquire");
    const guard = await this.#context.within(
      "the owner, who comes last, is granted",
      lock.acquire(),
    );
    const { token, abandoned } = guard;
    if (abandoned) this.#files.note({ what: "abandoned", token });
    call.returned({ token });
    this.#files.note({ what: "consistent", token, state: "called" });
    await guard.markConsistent();
    this.#files.note({ what: "consistent", token, state: "returned" });
    const release = this.#files.lockCall("release", { token });
    await guard.release();
    release.returned();
    await until(
      this.#options.limitMs,
      "the lock is free, sound, and nobody waits for it, when all have ended",
      async () => {
        this.#state = await lock.query();
        const { held, waiters, abandoned } = this.#state;
        return !held && waiters === 0 && !abandoned;
      },
    );
    return token;
  }

  /** What is stored must be there for whoever opens it next. */
  async #reopen(): Promise<void> {
    const { adapters } = this.#options;
    const before = await salesOf(this.#session.store!);
    await this.#session.close();
    const left = this.#session.ids.filter((id) => !isProcessOver(id));
    if (left.length > 0) this.#context.find("P7", `processes ${left.join()} are left of a session`);
    const store = await new Providers(adapters).openStore(this.#session.store!.handle);
    try {
      const after = await salesOf(store);
      const { capacity, remaining } = await store.read();
      if (JSON.stringify(after) !== JSON.stringify(before))
        this.#context.find(
          "P8",
          `${before.length} sales were stored, and ${after.length} are found`,
        );
      for (const sentence of journalFaults(after, capacity, remaining))
        this.#context.find("P8", sentence);
    } finally {
      await store.close();
    }
  }

  get #durability(): string | undefined {
    const { adapters, plan } = this.#options;
    const kinds = adapters.flatMap(({ stores }) => stores.flatMap((provider) => [...provider.kinds])); // prettier-ignore
    return kinds.find(([kind]) => kind === plan.store)?.[1].durability;
  }

  get #lock(): Lock | undefined {
    return this.#session.locks[0];
  }

  async #standing(): Promise<string> {
    const state = await Promise.race([this.#lock?.query(), pause(1_000)]).catch(() => undefined);
    return state === undefined
      ? "The lock does not tell how it stands."
      : `The lock: ${JSON.stringify(state)}.`;
  }

  async #crashAll(): Promise<void> {
    this.#injecting.allDie();
    const crashes = [...this.#session.ids.keys()].map((index) => this.#session.crash(index));
    await Promise.race([Promise.allSettled(crashes), pause(this.#options.limitMs)]);
  }
}
