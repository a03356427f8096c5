import process from "node:process";
import { parentPort } from "node:worker_threads";

/** What somebody learns who reads along in its own process, and needs to forge messages that look right. */
export interface Overheard {
  /** Openings of locks, by the numbers that a broker gave them. */
  readonly seats: readonly number[];
  /** Of holds that were granted. */
  readonly tokens: readonly number[];
  /** What a broker calls its locks. */
  readonly keys: readonly string[];
}

/** The names under which such things stand in messages and handles. */
const SEAT = "seat";
const TOKEN = "token";
const KEY = "key";
const MOST_KEPT = 50;
const DEPTH = 5;

/** Collects what comes to this process or thread by its channel, and what it is shown. */
export class Eavesdropping implements Overheard {
  readonly seats: number[] = [];
  readonly tokens: number[] = [];
  readonly keys: string[] = [];

  /** From now on. */
  listen(): void {
    const hear = (message: unknown): void => this.see(message);
    if (parentPort !== null) parentPort.on("message", hear);
    else process.on("message", hear);
  }

  /** Looks for what is of use in a value. */
  see(value: unknown, depth: number = DEPTH): void {
    if (typeof value !== "object" || value === null || depth === 0) return;
    if (ArrayBuffer.isView(value) || value instanceof SharedArrayBuffer) return;
    for (const [name, part] of Object.entries(value)) {
      if (name === SEAT && typeof part === "number") keep(this.seats, part);
      else if (name === TOKEN && typeof part === "number") keep(this.tokens, part);
      else if (name === KEY && typeof part === "string") keep(this.keys, part);
      else this.see(part, depth - 1);
    }
  }
}

function keep<T>(kept: T[], value: T): void {
  if (kept.includes(value)) return;
  kept.push(value);
  if (kept.length > MOST_KEPT) kept.shift();
}
