import { fromWireError, TicketlockError } from "@ticketlock/core";
import { HANDSHAKE_LIMIT_MS, HANDSHAKE_RETRY_MS, MAX_PENDING } from "./broker-limits.ts";
import type { BrokerChannel } from "./broker-channel.ts";
import { type BrokerReply, type BrokerRequest, parseReply, PROTOCOL_VERSION } from "./protocol.ts";

type Answered = Extract<BrokerRequest, { id: number }>;
type Unanswered = Exclude<BrokerRequest, { id: number }>;
type Question = Exclude<Answered, { type: "cancel" }>;
type Reply<T extends BrokerReply["type"]> = Extract<BrokerReply, { type: T }>;

/** Whoever waits for an answer: exactly one of the two is called, once. */
export interface Asker {
  answered(reply: Exclude<BrokerReply, { type: "refused" }>): void;
  failed(error: TicketlockError): void;
}

export interface BrokerClientLimits {
  readonly handshakeMs?: number;
}

/** A timer never rings in practice: it is there to be ref'd. */
const NEVER_MS = 2 ** 30;

/**
 * One process's side of the broker's protocol: matches answers with questions, hands back grants
 * that nobody waits for any more, and tells everybody when the broker is gone.
 *
 * A question that waits for its answer keeps the process alive, whatever the channel does.
 */
export class BrokerClient {
  readonly #channel: BrokerChannel;
  readonly #handshakeMs: number;
  readonly #askers = new Map<number, Asker>();
  readonly #holds = new Set<() => void>();
  #ids = 0;
  #lost = false;
  #welcome: Promise<void> | undefined;
  #keepAlive: NodeJS.Timeout | undefined;

  constructor(channel: BrokerChannel, limits: BrokerClientLimits = {}) {
    this.#channel = channel;
    this.#handshakeMs = limits.handshakeMs ?? HANDSHAKE_LIMIT_MS;
    channel.listen({ received: (reply) => this.#receive(reply), closed: () => this.#lose() });
  }

  get brokerProcessId(): number {
    return this.#channel.brokerProcessId;
  }

  /** Makes a lock and returns its key. Somebody must open it. */
  async create(tokensAbove: number, waiters: number): Promise<string> {
    await this.#greet();
    return (await this.question("created", (id) => ({ type: "create", id, tokensAbove, waiters })))
      .key;
  }

  /**
   * Opens a lock and returns the number of this opening. `directory`: the state directory that names it; empty without a name.
   * Tokens rise above `tokensAbove`. `waiters`: its room, if this makes it; 0: the default.
   */
  async open(key: string, directory: string, tokensAbove = 0, waiters = 0): Promise<number> {
    await this.#greet();
    const open = { type: "open", key, directory, tokensAbove, waiters } as const;
    return (await this.question("opened", (id) => ({ ...open, id }))).seat;
  }

  /** Asks something that has one kind of answer. */
  question<T extends BrokerReply["type"]>(
    answer: T,
    build: (id: number) => Question,
  ): Promise<Reply<T>> {
    return new Promise((resolve, reject) => {
      const answered = (reply: BrokerReply): void => {
        if (reply.type === answer) resolve(reply as Reply<T>);
        else reject(misunderstood());
      };
      this.ask(build, { answered, failed: reject });
    });
  }

  /** Asks, and returns the question's id. An error comes through `failed`, perhaps before this returns. */
  ask(build: (id: number) => Question, asker: Asker): number {
    const id = ++this.#ids;
    if (this.#lost) asker.failed(this.#lostError());
    else if (this.#askers.size >= MAX_PENDING)
      asker.failed(full(`${MAX_PENDING} of its questions are unanswered`));
    else if (this.#channel.congested)
      asker.failed(full(`${this.#channel.brokerName} does not read`));
    else {
      this.#askers.set(id, asker);
      this.#stayAlive();
      this.#channel.post(build(id));
    }
    return id;
  }

  /** Withdraws a waiting acquisition: its asker hears no more, and a grant that is on its way is handed back. */
  withdraw(id: number): void {
    if (!this.#askers.delete(id)) return;
    this.#stayAlive();
    this.#channel.post({ type: "cancel", id });
  }

  /** Says something that is not answered; nothing if the broker is gone. */
  tell(message: Unanswered): void {
    if (!this.#lost) this.#channel.post(message);
  }

  /** As `tell`, with the next message of this process or at the end of this turn. */
  tellLater(message: Unanswered): void {
    if (!this.#lost) this.#channel.postLater(message);
  }

  /** Calls `lost` if the broker goes, until the returned function is called. */
  whileHeld(lost: () => void): () => void {
    this.#holds.add(lost);
    return () => this.#holds.delete(lost);
  }

  #receive(message: unknown): void {
    const reply = parseReply(message);
    if (reply?.id === undefined) return; // of something that nobody waits for
    const asker = this.#askers.get(reply.id);
    if (asker === undefined) {
      // The grant has crossed its cancel: hand it on.
      if (reply.type === "granted")
        this.tell({ type: "release", seat: reply.seat, token: reply.token });
      return;
    }
    this.#askers.delete(reply.id);
    this.#stayAlive();
    if (reply.type === "refused") asker.failed(fromWireError(reply.error));
    else asker.answered(reply);
  }

  #lose(): void {
    if (this.#lost) return;
    this.#lost = true;
    const askers = [...this.#askers.values()];
    this.#askers.clear();
    this.#stayAlive();
    for (const asker of askers) asker.failed(this.#lostError());
    for (const lost of this.#holds) lost();
    this.#holds.clear();
  }

  #lostError(): TicketlockError {
    return new TicketlockError(
      "LOCK_LOST",
      `Cannot use the lock: ${this.#channel.brokerName}, which kept it, is gone. Start the processes again.`,
    );
  }

  #stayAlive(): void {
    if (this.#askers.size === 0) this.#keepAlive?.unref();
    else (this.#keepAlive ??= setInterval(() => undefined, NEVER_MS)).ref();
  }

  /** Asks until a broker answers, but not for ever: under a process manager there is none. */
  #greet(): Promise<void> {
    return (this.#welcome ??= this.#shakeHands().catch((error: unknown) => {
      this.#welcome = undefined; // the next one may try again
      throw error;
    }));
  }

  #shakeHands(): Promise<void> {
    return new Promise((resolve, reject) => {
      const asked: number[] = [];
      const settle = (then: () => void): void => {
        clearInterval(retry);
        clearTimeout(limit);
        for (const id of asked) this.#askers.delete(id);
        this.#stayAlive();
        then();
      };
      const asker: Asker = {
        answered: () => settle(resolve),
        failed: (error) => settle(() => reject(error)),
      };
      const hello = (): void =>
        void asked.push(
          this.ask((id) => ({ type: "hello", id, version: PROTOCOL_VERSION }), asker),
        );
      const retry = setInterval(hello, HANDSHAKE_RETRY_MS);
      const limit = setTimeout(() => settle(() => reject(this.#noBroker())), this.#handshakeMs);
      hello();
    });
  }

  #noBroker(): TicketlockError {
    return new TicketlockError(
      "LOCK_UNSUPPORTED",
      `Cannot use a lock of kind ipc: ${this.#channel.brokerName} has not answered within ${this.#handshakeMs} ms. ` +
        "Import @ticketlock/node-cluster there too; if that is a process manager's process (PM2, ...), start the cluster from a script of your own.",
    );
  }
}

function full(why: string): TicketlockError {
  return new TicketlockError(
    "QUEUE_FULL",
    `Cannot ask the lock's broker: ${why}. Try again later.`,
  );
}

function misunderstood(): TicketlockError {
  return new TicketlockError(
    "PROTOCOL_VIOLATION",
    "Cannot understand the lock's broker: its answer is of another kind than the question.",
  );
}
