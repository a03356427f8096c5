import { TicketlockError } from "@ticketlock/core";
import {
  type ContenderFrame,
  formatContenderLine,
  type Greeting,
  parseGreeting,
  parseOwnerFrame,
} from "./frames.ts";
import { LineSplitter } from "./line-splitter.ts";
import { Outbox } from "./outbox.ts";
import { redirectOutput } from "./redirect-output.ts";

/** How long what a workload left behind may keep the process, in case the owner is not there to end it. */
const END_LIMIT_MS = 5_000;

/**
 * A contender's end of the pipes to its owner: lines come on stdin and go to stdout. It is also the
 * leash: when stdin ends, the owner is gone, and so must be this process.
 */
export class ContenderPipe {
  readonly greeting: Greeting;
  readonly #outbox: Outbox;
  #listener: ((message: unknown) => void) | undefined;
  #answer: ((ownerNs: bigint) => void) | undefined;
  #hasLetGo = false;

  private constructor(greeting: Greeting, outbox: Outbox) {
    this.greeting = greeting;
    this.#outbox = outbox;
  }

  /** Takes hold of stdin and stdout, and waits for the owner's first line. */
  static open(): Promise<ContenderPipe> {
    const write = redirectOutput();
    const outbox = new Outbox(write, () => {
      throw new TicketlockError(
        "QUEUE_FULL",
        "Cannot send to the session's owner: it does not read. Send less at a time, or await a request.",
      );
    });
    return new Promise((resolve) => {
      let pipe: ContenderPipe | undefined;
      const lines = new LineSplitter((line) => {
        if (pipe !== undefined) return pipe.#receive(line);
        pipe = new ContenderPipe(parseGreeting(line), outbox);
        resolve(pipe);
      });
      process.stdin.setEncoding("utf8");
      process.stdin.on("data", (text: string) => lines.push(text));
      process.stdin.on("end", () => {
        if (pipe === undefined || !pipe.#hasLetGo) process.exit(1);
      });
    });
  }

  post(message: unknown): void {
    this.#send({ message });
  }

  /** Every message from now on goes to `listener`. To be called before there is any. */
  listen(listener: (message: unknown) => void): void {
    this.#listener = listener;
  }

  /** What the owner's clock says. One question at a time. */
  askOwnerNs(): Promise<bigint> {
    return new Promise((resolve) => {
      this.#answer = resolve;
      this.#send({ ask: "time" });
    });
  }

  /** Lets the process end by itself: a stdin that may still say something would keep it. */
  end(): void {
    this.#hasLetGo = true;
    this.#send({ ask: "end" });
    setTimeout(() => process.exit(), END_LIMIT_MS).unref();
  }

  #send(frame: ContenderFrame): void {
    this.#outbox.post(formatContenderLine(this.greeting.key, frame));
  }

  #receive(line: string): void {
    const frame = parseOwnerFrame(line);
    if ("time" in frame) this.#answer?.(BigInt(frame.time));
    else this.#listener?.(frame.message);
  }
}
