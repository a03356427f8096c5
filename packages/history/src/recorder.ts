import { writeLine } from "./format/write-line.ts";

export interface RecorderOptions {
  /** Who calls. Unlike every other client's, and after a restart unlike its former name. */
  readonly client: string;
  /** Nanoseconds of one clock for all clients. It must never go back. */
  readonly nowNs: () => bigint;
  /**
   * Puts a line where it will be found. For a history that survives a SIGKILL it must have handed the
   * whole line to the operating system when it returns, as `fs.writeSync` on a file opened for
   * appending does.
   */
  readonly write: (line: string) => void;
}

/** What goes with a call. */
export interface CallDetails {
  /** The lock or store; needed where a history has more than one. */
  readonly object?: string;
  readonly arguments?: Readonly<Record<string, unknown>>;
}

/** A call that has begun. Its first ending counts; later ones are refused. */
export interface RecordedCall {
  /** It returned. `result` as the format has it for the operation; nothing where there is none. */
  returned(result?: Readonly<Record<string, unknown>>): void;
  /** It is certain that it had no effect, and it tells nothing: a wait that was given up. */
  failed(): void;
  /** It ended, but whether it had an effect is not known: a reply that did not come. */
  lost(): void;
}

/**
 * Writes the history of one client, a line when a call begins and a line when it returns. Who is killed
 * in between leaves a call that may or may not have taken effect, which is what is known of it.
 *
 * The time of a call is taken before its line is written, that of a return before its line too: the
 * writing lies outside what the call is known to have taken, or makes it seem longer, never shorter.
 *
 * Runs in any runtime. Throws what `write` throws.
 *
 * @example
 * const recorder = new HistoryRecorder({
 *   client: `${process.pid}`,
 *   nowNs: process.hrtime.bigint,
 *   write: (line) => writeSync(file, line),
 * });
 * const call = recorder.call("sell", { arguments: { order, buyer, quantity } });
 * const sale = await store.sell({ id: order, buyer, quantity });
 * const { firstSerial } = sale; // or { soldOut: true }, if there was none
 * call.returned({ firstSerial, quantity });
 */
export class HistoryRecorder {
  readonly #options: RecorderOptions;
  #calls = 0;

  constructor(options: RecorderOptions) {
    this.#options = options;
  }

  /** Notes that a call begins. To be called just before it does. */
  call(operation: string, details: CallDetails = {}): RecordedCall {
    const { nowNs, write } = this.#options;
    const id = this.#begin(this.#options.client, operation, details);
    let ended = false;
    const end = (how: Readonly<Record<string, unknown>>): void => {
      const returnedNs = nowNs();
      if (ended)
        throw new Error(`Cannot end the call ${id}: it has ended before. End each call once.`);
      ended = true;
      write(writeLine({ id, return: returnedNs, ...how }));
    };
    return {
      returned: (result) => end(result === undefined ? {} : { result }),
      failed: () => end({ outcome: "fail" }),
      lost: () => end({ outcome: "unknown" }),
    };
  }

  /** Notes that another client is gone, so that what it held may come free. To be called for each lock. */
  died(client: string, details: Pick<CallDetails, "object"> = {}): void {
    this.#begin(client, "died", details);
  }

  #begin(client: string, operation: string, details: CallDetails): string {
    const id = `${this.#options.client}#${++this.#calls}`;
    const calledNs = this.#options.nowNs();
    this.#options.write(writeLine({ id, client, ...details, operation, call: calledNs }));
    return id;
  }
}
