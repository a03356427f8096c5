import { TicketlockError } from "@ticketlock/core";
import {
  DONE,
  doneOf,
  entryOf,
  freeFor,
  lapOf,
  lapOfTicket,
  ownerOf,
  stateOf,
  takeEntry,
  withState,
} from "./entry-word.ts";
import type { Endings } from "./endings.ts";
import { LINE } from "./shared-region.ts";
import { readUtf8, utf8Length, writeUtf8 } from "./utf8.ts";

/** States of a cell, besides DONE: its sender writes; it holds a message. */
const WRITING = 1;
const FULL = 2;

/** Words before a cell's text: the entry word and the length. */
const ENTRY = 0;
const LENGTH = 1;
const TEXT = 2;

/**
 * The cells of a queue with many senders and one receiver: a ring whose cells are taken in order by
 * compare-and-set, written, and then marked full (after Dmitry Vyukov's bounded queue, with the
 * owner in the cell's word so that a dead sender's cell can be given up).
 */
export class QueueCells {
  readonly #words: Int32Array<SharedArrayBuffer>;
  readonly #bytes: Uint8Array;
  readonly #headAt: number;
  readonly #tailAt: number;
  readonly #cellsAt: number;
  readonly #size: number;
  readonly #sizeBits: number;
  readonly #cellBytes: number;
  readonly #stride: number;

  constructor(
    words: Int32Array<SharedArrayBuffer>,
    endsAt: number,
    cellsAt: number,
    size: number,
    cellBytes: number,
  ) {
    this.#words = words;
    this.#bytes = new Uint8Array(words.buffer);
    this.#headAt = endsAt;
    this.#tailAt = endsAt + LINE;
    this.#cellsAt = cellsAt;
    this.#size = size;
    this.#sizeBits = 31 - Math.clz32(size);
    this.#cellBytes = cellBytes;
    this.#stride = strideOf(cellBytes);
  }

  static words(size: number, cellBytes: number): number {
    return size * strideOf(cellBytes);
  }

  initialize(): void {
    for (let i = 0; i < this.#size; i++) this.#words[this.#at(i) + ENTRY] = freeFor(0);
  }

  /** Writes a message into the next cell. False if all are full. A sender that was ended gives its cell up again. */
  push(owner: number, text: string, endings?: Endings): boolean {
    if (typeof text !== "string" || !text.isWellFormed()) {
      throw new TypeError(
        "Cannot send this: a message is a text without halves of surrogate pairs.",
      );
    }
    const length = utf8Length(text);
    if (length > this.#cellBytes) {
      throw new TicketlockError(
        "QUEUE_MESSAGE_TOO_LARGE",
        `Cannot send ${length} bytes: a cell of this queue holds ${this.#cellBytes}. Create it with larger cellBytes.`,
      );
    }
    for (;;) {
      const ticket = Atomics.load(this.#words, this.#tailAt);
      if (((ticket - Atomics.load(this.#words, this.#headAt)) | 0) >= this.#size) {
        if (Atomics.load(this.#words, this.#tailAt) === ticket) return false;
        continue;
      }
      const at = this.#at(ticket);
      const writing = entryOf(lapOfTicket(ticket, this.#sizeBits), owner, WRITING);
      if (!takeEntry(this.#words, at + ENTRY, writing, this.#tailAt, ticket)) continue;
      if (endings?.isEnded(owner) === true) {
        Atomics.store(this.#words, at + ENTRY, doneOf(writing));
        throw new TicketlockError(
          "QUEUE_CLOSED",
          "Cannot send: this thread was ended by its owner, and runs on only by chance. Let it end.",
        );
      }
      writeUtf8(this.#bytes, (at + TEXT) * 4, text);
      this.#words[at + LENGTH] = length;
      Atomics.store(this.#words, at + ENTRY, withState(writing, FULL)); // pairs with the load in shift
      return true;
    }
  }

  /** Takes the oldest message; `undefined` if there is none, or the oldest is still being written. The receiver only. */
  shift(): string | undefined {
    for (;;) {
      const head = Atomics.load(this.#words, this.#headAt);
      const at = this.#at(head);
      const seen = Atomics.load(this.#words, at + ENTRY);
      if (lapOf(seen) !== lapOfTicket(head, this.#sizeBits) || stateOf(seen) === WRITING)
        return undefined;
      const text =
        stateOf(seen) === FULL
          ? readUtf8(this.#bytes, (at + TEXT) * 4, this.#words[at + LENGTH]!)
          : undefined;
      Atomics.store(this.#words, at + ENTRY, doneOf(seen));
      Atomics.store(this.#words, this.#headAt, (head + 1) | 0);
      if (text !== undefined) return text; // else the cell was given up: its sender died
    }
  }

  /** True if the oldest cell is being written by a sender that was ended, and may or may not go on. */
  isStuck(endings: Endings): boolean {
    const head = Atomics.load(this.#words, this.#headAt);
    const seen = Atomics.load(this.#words, this.#at(head) + ENTRY);
    const isWriting =
      lapOf(seen) === lapOfTicket(head, this.#sizeBits) && stateOf(seen) === WRITING;
    return isWriting && endings.isEnded(ownerOf(seen));
  }

  /** Gives up the cells that a dead sender was still writing. */
  discardUnfinished(dead: number): void {
    for (let i = 0; i < this.#size; i++) {
      const at = this.#at(i) + ENTRY;
      const seen = Atomics.load(this.#words, at);
      if (stateOf(seen) !== DONE && stateOf(seen) !== FULL && ownerOf(seen) === dead) {
        Atomics.compareExchange(this.#words, at, seen, doneOf(seen));
      }
    }
  }

  #at(ticket: number): number {
    return this.#cellsAt + (ticket & (this.#size - 1)) * this.#stride;
  }
}

/** Whole 64-byte lines, so that two senders do not write to one. */
function strideOf(cellBytes: number): number {
  return Math.ceil((TEXT * 4 + cellBytes) / 64) * 16;
}
