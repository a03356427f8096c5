import type { Adapter } from "./adapter.ts";
import { closeAll } from "./close-all.ts";
import type { Contender, Workload } from "./contender.ts";
import { fromWireError, TicketlockError, toWireError } from "./errors.ts";
import type { Lock } from "./lock.ts";
import { type ContenderMessage, type OwnerMessage, parseOwnerMessage } from "./protocol.ts";
import { Providers } from "./providers.ts";
import type { TicketStore } from "./ticket-store.ts";

/** What a launcher's entry module lends to the contender protocol: its runtime's messages, clock and module loader. */
export interface ContenderHost {
  post(message: ContenderMessage): void;
  /** Is called once; every message of the owner goes to `listener`, in order. */
  listen(listener: (message: unknown) => void): void;
  /** Nanoseconds on a clock that all contenders of the session share. */
  nowNs(): bigint;
  /** What that clock and the owner's may differ by, in nanoseconds. Default 0: it is the same. */
  readonly clockErrorNs?: number;
  importModule(url: string): Promise<Record<string, unknown>>;
  /** The owner has no more to say: let go of the channel, so that the contender can end by itself. */
  end(): void;
}

type Open = Extract<OwnerMessage, { type: "open" }>;
type Load = Extract<OwnerMessage, { type: "load" }>;

/** Serves the contender's side of a session's protocol. A launcher's entry module calls it, once. */
export function serveContender(host: ContenderHost): void {
  new ContenderServer(host);
}

class ContenderServer {
  readonly #host: ContenderHost;
  readonly #replies = new Map<
    number,
    { resolve: (value: unknown) => void; reject: (error: unknown) => void }
  >();
  #requests = 0;
  #open: Open | undefined;
  #providers: Providers | undefined;
  #locks: Lock[] = [];
  #ownLock: Promise<Lock> | undefined;
  #store: TicketStore | undefined;
  #run:
    | { id: number; workload: Workload<unknown, unknown>; input: unknown; abort: AbortController }
    | undefined;

  constructor(host: ContenderHost) {
    this.#host = host;
    host.listen((message) => this.#receive(parseOwnerMessage(message)));
    host.post({ type: "up" });
  }

  #receive(message: OwnerMessage): void {
    switch (message.type) {
      case "open":
        return this.#answer(this.#openAll(message), (error) => ({ type: "opened", error }));
      case "load":
        return this.#answer(this.#load(message), (error) => ({
          type: "loaded",
          run: message.run,
          error,
        }));
      case "start":
        return void this.#start(message.run, BigInt(message.startedNs));
      case "abort":
        if (this.#run?.id === message.run)
          this.#run.abort.abort(new TicketlockError("CONTENDER_FAILED", "The run was called off."));
        return;
      case "reply": {
        const waiting = this.#replies.get(message.id);
        this.#replies.delete(message.id);
        if (message.error === undefined) waiting?.resolve(message.value);
        else waiting?.reject(fromWireError(message.error));
        return;
      }
      case "close":
        return void this.#close();
    }
  }

  #answer(
    work: Promise<void>,
    answer: (error: ReturnType<typeof toWireError> | undefined) => ContenderMessage,
  ): void {
    work.then(
      () => this.#host.post(answer(undefined)),
      (error: unknown) => this.#host.post(answer(toWireError(error))),
    );
  }

  async #openAll(open: Open): Promise<void> {
    this.#open = open;
    const adapters: Adapter[] = [];
    for (const url of open.adapters) {
      const { adapter } = await this.#host.importModule(url);
      if (adapter === undefined)
        throw new TicketlockError(
          "ADAPTER_INVALID",
          `Cannot open locks and store: ${url} must export "adapter".`,
        );
      adapters.push(adapter as Adapter);
    }
    this.#providers = new Providers(adapters);
    for (const handle of open.locks) this.#locks.push(await this.#providers.openLock(handle));
    if (open.store !== undefined) this.#store = await this.#providers.openStore(open.store);
  }

  async #load({ run, workload: url, input }: Load): Promise<void> {
    const workload = (await this.#host.importModule(url))["default"];
    if (typeof workload !== "function") {
      throw new TicketlockError(
        "CONTENDER_FAILED",
        `Cannot run ${url}: a workload module's default export must be a function.`,
      );
    }
    this.#run = {
      id: run,
      workload: workload as Workload<unknown, unknown>,
      input,
      abort: new AbortController(),
    };
  }

  async #start(id: number, startedNs: bigint): Promise<void> {
    const run = this.#run;
    if (run === undefined || run.id !== id) return;
    try {
      const value = await run.workload(this.#contender(id, run.abort.signal, startedNs), run.input);
      this.#host.post({ type: "done", run: id, value });
    } catch (error) {
      this.#host.post({ type: "done", run: id, error: toWireError(error) });
    }
  }

  #contender(run: number, signal: AbortSignal, startedNs: bigint): Contender {
    const { index, count, seed } = this.#open!;
    const request = (topic: string, body: unknown): Promise<unknown> =>
      new Promise((resolve, reject) => {
        const id = ++this.#requests;
        this.#replies.set(id, { resolve, reject });
        this.#host.post({ type: "request", run, id, topic, body });
      });
    const lock = (i = 0): Lock => {
      const found = this.#locks[i];
      if (found === undefined)
        throw new RangeError(`Cannot use lock ${i}: the session has ${this.#locks.length}.`);
      return found;
    };
    const store = (): TicketStore => {
      if (this.#store === undefined)
        throw new TicketlockError(
          "STORE_UNSUPPORTED",
          "Cannot use a store: the session was opened without one.",
        );
      return this.#store;
    };
    return {
      index,
      count,
      seed,
      signal,
      startedNs,
      lock,
      get store() {
        return store();
      },
      ownLock: () => (this.#ownLock ??= this.#openOwnLock()),
      channel: {
        request,
        send: (topic, body) => this.#host.post({ type: "send", run, topic, body }),
      },
      meet: async (name) => void (await request(MEET_TOPIC, name)),
      nowNs: () => this.#host.nowNs(),
      clockErrorNs: this.#host.clockErrorNs ?? 0,
    };
  }

  async #openOwnLock(): Promise<Lock> {
    const providers = this.#providers!;
    return providers.openLock(await providers.createLock(this.#open!.lockKind, "threads"));
  }

  async #close(): Promise<void> {
    const own = await this.#ownLock?.catch(() => undefined);
    try {
      await closeAll([own, ...this.#locks, this.#store]);
    } catch {
      // The owner has no more to hear; it must not have to kill a contender for what did not close.
    }
    this.#host.end();
  }
}

/** Reserved topic of the meeting that `Contender.meet` asks for. */
export const MEET_TOPIC = "ticketlock:meet";
