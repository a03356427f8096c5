import { serialize } from "node:v8";
import { MAX_OUTBOX_BYTES, MAX_OUTBOX_MESSAGES } from "./broker-limits.ts";

/** Hands one message to the operating system and calls back when that is done, or has failed. */
export type SendMessage = (message: object, sent: (error: Error | null) => void) => void;

/** Messages that wait are weighed only from here on: most of the time none waits, and weighing costs. */
const WEIGHED_FROM = 64;

/**
 * Bounds what waits for a process that does not read: Node itself would keep it all in memory. A
 * stopped process (SIGSTOP) sends no event and looks alive, so only the length of its queue tells.
 */
export class Outbox {
  readonly #send: SendMessage;
  readonly #overflow: () => void;
  #messages = 0;
  #bytes = 0;
  #overflowed = false;

  /** `overflow` is called once, when the bound is passed: that message and all later ones are dropped. */
  constructor(send: SendMessage, overflow: () => void) {
    this.#send = send;
    this.#overflow = overflow;
  }

  /** True if nothing more than what must be said should be posted now. */
  get congested(): boolean {
    return this.#messages >= MAX_OUTBOX_MESSAGES / 2 || this.#bytes >= MAX_OUTBOX_BYTES / 2;
  }

  post(message: object): void {
    if (this.#overflowed) return;
    const bytes = this.#messages < WEIGHED_FROM ? 0 : serialize(message).byteLength;
    if (this.#messages >= MAX_OUTBOX_MESSAGES || this.#bytes + bytes > MAX_OUTBOX_BYTES) {
      this.#overflowed = true;
      return this.#overflow();
    }
    this.#messages++;
    this.#bytes += bytes;
    // An error means that the channel is closed; whoever listens for its end deals with that.
    this.#send(message, () => {
      this.#messages--;
      this.#bytes -= bytes;
    });
  }
}
