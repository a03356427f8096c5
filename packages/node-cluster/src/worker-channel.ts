import type { BrokerChannel, ChannelListener } from "./broker-channel.ts";
import { isWrapped, wrap } from "./envelope.ts";
import { Outbox } from "./outbox.ts";
import { MAX_BATCH } from "./broker-limits.ts";
import type { BrokerRequest } from "./protocol.ts";
import { onSendPutOff, sendToPrimary } from "./send-to-primary.ts";

/** A worker's line to the broker, over the channel that node:cluster has set up. */
export class WorkerChannel implements BrokerChannel {
  readonly brokerName: string;
  readonly brokerProcessId: number = process.ppid;
  readonly #outbox: Outbox;
  /** What goes with the next message. */
  #later: BrokerRequest[] = [];

  constructor() {
    this.brokerName = `the cluster primary (process ${this.brokerProcessId})`;
    // Twice what congestion allows, though nothing was asked any more: no message may be lost in silence.
    this.#outbox = new Outbox(sendToPrimary, () => process.disconnect?.());
    onSendPutOff(() => this.#flush());
  }

  get congested(): boolean {
    return this.#outbox.congested;
  }

  listen(listener: ChannelListener): void {
    process.on("message", (message) => {
      if (isWrapped(message, "lock")) listener.received(message.body);
    });
    process.once("disconnect", () => listener.closed());
    process.once("exit", () => this.#flush()); // a release before process.exit() is a release
    if (!process.connected) queueMicrotask(() => listener.closed());
  }

  post(request: BrokerRequest): void {
    if (this.#later.length === 0) return this.#outbox.post(wrap("lock", request));
    this.#later.push(request);
    this.#flush();
  }

  postLater(request: BrokerRequest): void {
    if (this.#later.push(request) === 1) process.nextTick(() => this.#flush());
    if (this.#later.length === MAX_BATCH - 1) this.#flush(); // room for the one that takes them along
  }

  #flush(): void {
    const batch = this.#later;
    if (batch.length === 0) return;
    this.#later = [];
    this.#outbox.post(wrap("lock", batch));
  }
}
