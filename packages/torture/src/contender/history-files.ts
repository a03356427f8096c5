import { openSync, writeSync } from "node:fs";
import { HistoryRecorder, type RecordedCall } from "@ticketlock/history";
import { type Note, type Part, partName } from "./notes.ts";

export interface HistoryFilesOptions {
  readonly folder: string;
  readonly client: string;
  /** Names the lock, where a round has one after another. */
  readonly lockName: string;
  readonly nowNs: () => bigint;
}

type Arguments = Readonly<Record<string, unknown>>;

/**
 * What one client of a round writes: the history of its calls on the lock and on the store, and its
 * notes. Each line is with the operating system before the next step is taken, so that a SIGKILL leaves
 * all of them.
 */
export class HistoryFiles {
  readonly client: string;
  readonly #options: HistoryFilesOptions;
  readonly #lock: HistoryRecorder;
  readonly #store: HistoryRecorder;
  readonly #descriptors = new Map<Part, number>();

  constructor(options: HistoryFilesOptions) {
    const { client, nowNs } = options;
    this.client = client;
    this.#options = options;
    const recorder = (part: Part): HistoryRecorder =>
      new HistoryRecorder({ client, nowNs, write: (line) => this.#write(part, line) });
    this.#lock = recorder("lock");
    this.#store = recorder("store");
  }

  /** Notes that a call on the lock begins. */
  lockCall(operation: string, given?: Arguments): RecordedCall {
    const object = this.#options.lockName;
    return this.#lock.call(operation, { object, ...(given && { arguments: given }) });
  }

  /** Notes that a call on the store begins. */
  storeCall(operation: string, given?: Arguments): RecordedCall {
    return this.#store.call(operation, given && { arguments: given });
  }

  note(note: Note): void {
    this.#write("notes", `${JSON.stringify(note)}\n`);
  }

  /** Notes that a client is about to be gone: what it holds comes free at any time from now on, or never. */
  died(client: string = this.client): void {
    this.#lock.died(client, { object: this.#options.lockName });
  }

  #write(part: Part, line: string): void {
    let descriptor = this.#descriptors.get(part);
    if (descriptor === undefined) {
      descriptor = openSync(`${this.#options.folder}/${partName(part, this.client)}`, "a", 0o600);
      this.#descriptors.set(part, descriptor);
    }
    writeSync(descriptor, line);
  }
}
