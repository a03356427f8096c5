import { openSync, writeSync } from "node:fs";
import { HistoryRecorder } from "@ticketlock/history";
import { type Note, type Part, partName } from "./notes.ts";

/**
 * What one client of a round writes: the history of its calls on the lock and on the store, and its
 * notes. Each line is with the operating system before the next step is taken, so that a SIGKILL leaves
 * all of them.
 */
export class HistoryFiles {
  readonly client: string;
  readonly lock: HistoryRecorder;
  readonly store: HistoryRecorder;
  readonly #nowNs: () => bigint;
  readonly #folder: string;
  readonly #descriptors = new Map<Part, number>();

  constructor(folder: string, client: string, nowNs: () => bigint) {
    this.client = client;
    this.#folder = folder;
    this.#nowNs = nowNs;
    const recorder = (part: "lock" | "store"): HistoryRecorder =>
      new HistoryRecorder({ client, nowNs, write: (line) => this.#write(part, line) });
    this.lock = recorder("lock");
    this.store = recorder("store");
  }

  note(note: Note): void {
    this.#write("notes", `${JSON.stringify(note)}\n`);
  }

  /** Notes that a client is about to be gone: what it holds comes free at any time from now on, or never. */
  died(client: string = this.client): void {
    const call = String(this.#nowNs());
    this.#write("lock", `${JSON.stringify({ client, operation: "died", call })}\n`);
  }

  #write(part: Part, line: string): void {
    let descriptor = this.#descriptors.get(part);
    if (descriptor === undefined) {
      descriptor = openSync(`${this.#folder}/${partName(part, this.client)}`, "a", 0o600);
      this.#descriptors.set(part, descriptor);
    }
    writeSync(descriptor, line);
  }
}
