import type { BrokerChannel, ChannelListener } from "./broker-channel.ts";
import { isWrapped, wrap } from "./envelope.ts";
import { Outbox } from "./outbox.ts";
import type { BrokerRequest } from "./protocol.ts";
import { sendToPrimary } from "./send-to-primary.ts";

/** A worker's line to the broker, over the channel that node:cluster has set up. */
export class WorkerChannel implements BrokerChannel {
  readonly brokerName: string;
  readonly brokerProcessId: number = process.ppid;
  readonly #outbox: Outbox;

  constructor() {
    this.brokerName = `the cluster primary (process ${this.brokerProcessId})`;
    // Twice what congestion allows, though nothing was asked any more: no message may be lost in silence.
    this.#outbox = new Outbox(sendToPrimary, () => process.disconnect?.());
  }

  get congested(): boolean {
    return this.#outbox.congested;
  }

  listen(listener: ChannelListener): void {
    process.on("message", (message) => {
      if (isWrapped(message, "lock")) listener.received(message.body);
    });
    process.once("disconnect", () => listener.closed());
    if (!process.connected) queueMicrotask(() => listener.closed());
  }

  post(request: BrokerRequest): void {
    this.#outbox.post(wrap("lock", request));
  }
}
