import {
  type AcquireOptions,
  checkInteger,
  type Handle,
  MAX_CONTENDERS,
  TicketlockError,
} from "@ticketlock/core";
import { DEFAULT_ROOM } from "./lock-options.ts";
import { MemoryEvent } from "./memory-event.ts";
import type { Recoverable } from "./members.ts";
import { QueueCells } from "./queue-cells.ts";
import {
  createRegion,
  LINE,
  openRegion,
  powerOfTwoOrNaN,
  regionHandle,
  withinOrNaN,
} from "./shared-region.ts";
import type { ThreadPlatform } from "./thread-platform.ts";
import type { Endings } from "./endings.ts";
import { endingsOf } from "./thread-endings.ts";
import { ThreadTable } from "./thread-table.ts";

/** Words of the region: header; receiver; the two events; the cells' two ends; threads; cells. */
const CELLS_AT = 3;
const CELL_BYTES_AT = 4;
const SENDERS_AT = 5;
const RECEIVER_AT = LINE;
const CLOSED_AT = LINE + 1;
const CAME_AT = LINE + 2;
const FILLED_AT = 2 * LINE;
const EMPTIED_AT = 3 * LINE;
const ENDS_AT = 4 * LINE;
const THREADS_AT = 6 * LINE;
const STORAGE_AT = THREADS_AT + ThreadTable.words(DEFAULT_ROOM);

export interface QueueOptions {
  /** Messages that it has room for, 1 to 65 536, rounded up to a power of two. Default 256. */
  readonly cells?: number;
  /** Longest message in bytes of UTF-8, 1 to 65 536. Default 240. */
  readonly cellBytes?: number;
  /** How many openings of the sending end there will be, 1 to 255. When all of them have come and left or died, the receiver is told the end. Default 1. */
  readonly senders?: number;
}

/** Makes the memory of a new queue. @throws {RangeError} */
export function createQueue(module: string, options: QueueOptions = {}): Handle {
  const cells = 2 ** Math.ceil(Math.log2(checkInteger("cells", options.cells ?? 256, 1, 65_536)));
  const cellBytes = checkInteger("cellBytes", options.cellBytes ?? 240, 1, 65_536);
  const words = createRegion("queue", regionWords(cells, cellBytes));
  words[CELLS_AT] = cells;
  words[CELL_BYTES_AT] = cellBytes;
  words[SENDERS_AT] = checkInteger("senders", options.senders ?? 1, 1, MAX_CONTENDERS - 1);
  cellsOf(words).initialize();
  return regionHandle(module, "queue", words);
}

/** What both ends of a queue share: membership, the two events, and noticing that the other end is gone. */
abstract class QueueEnd implements Recoverable {
  readonly handle: Handle;
  protected readonly words: Int32Array<SharedArrayBuffer>;
  protected readonly cells: QueueCells;
  protected readonly filled: MemoryEvent;
  protected readonly emptied: MemoryEvent;
  protected readonly threads: ThreadTable;
  protected readonly me: number;
  protected readonly endings: Endings | undefined;
  protected isClosed = false;
  readonly #platform: ThreadPlatform;

  protected constructor(handle: Handle, platform: ThreadPlatform) {
    this.handle = handle;
    this.words = openRegion(handle, platform.module, "queue", wordsOf);
    this.cells = cellsOf(this.words);
    this.#platform = platform;
    const look = (): void => this.#lookForDeaths();
    this.filled = new MemoryEvent(this.words, FILLED_AT, look);
    this.emptied = new MemoryEvent(this.words, EMPTIED_AT, look);
    this.threads = new ThreadTable(this.words, THREADS_AT, DEFAULT_ROOM, platform);
    this.endings = endingsOf(platform, this.threads);
    this.me = this.threads.enter((member) => this.#recoverMember(member));
  }

  /** Tells the other end at once when the thread behind `worker`, the runtime's worker object, ends. */
  watch(worker: unknown): void {
    this.#platform.onEnd(worker, (threadId) => this.recover(threadId));
  }

  /** Gives up what the thread of this number, which has ended, was about to send or receive. Where it may run on, what it is about to send keeps its cell. */
  recover(threadId: number): void {
    if (this.isClosed) return;
    if (this.endings === undefined) this.threads.markThread(threadId);
    else this.endings.markEnded(threadId, (member) => this.#endMember(member));
    this.threads.recoverDead((member) => this.#recoverMember(member));
  }

  #recoverMember(member: number): void {
    this.cells.discardUnfinished(member);
    this.#endMember(member);
  }

  #endMember(member: number): void {
    if (Atomics.load(this.words, RECEIVER_AT) === member) Atomics.store(this.words, CLOSED_AT, 1);
    this.filled.signal();
    this.emptied.signal();
  }

  #lookForDeaths(): void {
    if (this.isClosed) return;
    this.threads.markSomeGone();
    this.threads.recoverDead((member) => this.#recoverMember(member));
  }

  protected leave(): void {
    this.isClosed = true;
    this.threads.leave(this.me);
    this.filled.signal();
    this.emptied.signal();
  }
}

/**
 * The sending end of a bounded queue of texts in shared memory; any number of threads may have one.
 * Messages of one sender arrive in the order in which it sent them. No message is passed through an
 * event loop, so a blocked thread can send and receive.
 *
 * **Crash behaviour**: a sender that dies while writing leaves no message, and no hole. When the
 * receiver dies or closes, senders get `QUEUE_CLOSED`. Where a thread that has ended may run on, a
 * sender's end while it writes is the end of the queue: what came before can be received.
 */
export class QueueSender extends QueueEnd {
  /** Opens the queue behind a handle to send. @throws {TicketlockError} `HANDLE_INVALID`, `QUEUE_FULL`. */
  constructor(handle: Handle, platform: ThreadPlatform) {
    super(handle, platform);
    Atomics.add(this.words, CAME_AT, 1);
  }

  /** Sends if there is room now, and nothing waits to be sent before; false if not. @throws {TicketlockError} `QUEUE_CLOSED`, `QUEUE_MESSAGE_TOO_LARGE`. */
  trySend(text: string): boolean {
    return this.emptied.attempt(() => this.#attempt(text)) === true;
  }

  /** Waits for room without blocking. @throws {TicketlockError} also `QUEUE_FULL` when the time is over; or the signal's reason. */
  async send(text: string, options?: AcquireOptions): Promise<void> {
    await this.emptied.wait(() => this.#attempt(text), options, noRoom);
  }

  /** Blocks the thread until there is room; what waits to be sent before goes first. @throws {TicketlockError} also `QUEUE_FULL` when the time is over. */
  sendSync(text: string, options?: { readonly timeoutMs?: number }): void {
    const sent = this.emptied.waitSync(() => this.#attempt(text), options?.timeoutMs);
    if (sent === undefined) throw noRoom(options!.timeoutMs!);
  }

  /** True once the receiver has closed or died. */
  get closed(): boolean {
    return this.isClosed || Atomics.load(this.words, CLOSED_AT) !== 0;
  }

  /** Leaves. What was sent stays to be received. */
  close(): void {
    if (!this.isClosed) this.leave();
  }

  #attempt(text: string): true | undefined {
    if (this.closed)
      throw new TicketlockError(
        "QUEUE_CLOSED",
        "Cannot send: the queue's receiver has closed or died, or this end was closed.",
      );
    if (!this.cells.push(this.me, text, this.endings)) return undefined;
    this.filled.signal();
    return true;
  }
}

/** The receiving end of a bounded queue of texts; one thread has it. When it closes or dies, senders are told. */
export class QueueReceiver extends QueueEnd {
  /** Opens the queue behind a handle to receive. @throws {TicketlockError} `QUEUE_TAKEN` if another thread is its receiver; `HANDLE_INVALID`, `QUEUE_FULL`. */
  constructor(handle: Handle, platform: ThreadPlatform) {
    super(handle, platform);
    if (Atomics.compareExchange(this.words, RECEIVER_AT, 0, this.me) === 0) return;
    this.threads.leave(this.me);
    throw new TicketlockError(
      "QUEUE_TAKEN",
      "Cannot receive: the queue has, or had, another receiver. Make a queue for each.",
    );
  }

  /** The next message if one is there; `undefined` if not. @throws {TicketlockError} `QUEUE_CLOSED` if a sender was ended while it wrote, and may still write. */
  tryReceive(): string | undefined {
    return this.filled.attempt(() => this.#attempt()) ?? undefined;
  }

  /** Waits for the next message without blocking; `undefined` at the end. @throws {TicketlockError} `QUEUE_TIMEOUT`; or the signal's reason. */
  async receive(options?: AcquireOptions): Promise<string | undefined> {
    return (await this.filled.wait(() => this.#attempt(), options, noMessage)) ?? undefined;
  }

  /** Blocks the thread until a message comes; `undefined` at the end. @throws {TicketlockError} `QUEUE_TIMEOUT`. */
  receiveSync(options?: { readonly timeoutMs?: number }): string | undefined {
    const text = this.filled.waitSync(() => this.#attempt(), options?.timeoutMs);
    if (text === undefined) throw noMessage(options!.timeoutMs!);
    return text ?? undefined;
  }

  /** All messages up to the end. */
  async *[Symbol.asyncIterator](): AsyncGenerator<string> {
    for (let text = await this.receive(); text !== undefined; text = await this.receive())
      yield text;
  }

  /** Ends the queue: senders get `QUEUE_CLOSED`, what was not received is dropped. */
  close(): void {
    if (this.isClosed) return;
    Atomics.store(this.words, CLOSED_AT, 1);
    this.leave();
  }

  /** A message, `null` at the end, `undefined` if there is none yet. */
  #attempt(): string | null | undefined {
    if (this.isClosed) return null;
    // The end is looked for first: a message sent before its sender left is then still found.
    const ended =
      Atomics.load(this.words, CAME_AT) >= this.words[SENDERS_AT]! && this.threads.isAlone(this.me);
    const text = this.cells.shift();
    if (text !== undefined) this.emptied.signal();
    else if (this.endings !== undefined && this.cells.isStuck(this.endings)) throw endedSender();
    return text ?? (ended ? null : undefined);
  }
}

function endedSender(): TicketlockError {
  return new TicketlockError(
    "QUEUE_CLOSED",
    "Cannot receive: a sender was ended while it wrote a message, and may still write it. Make a new queue.",
  );
}

function cellsOf(words: Int32Array<SharedArrayBuffer>): QueueCells {
  return new QueueCells(words, ENDS_AT, STORAGE_AT, words[CELLS_AT]!, words[CELL_BYTES_AT]!);
}

function noRoom(timeoutMs: number): TicketlockError {
  return new TicketlockError(
    "QUEUE_FULL",
    `Cannot send within ${timeoutMs} ms: the queue is full. Receive faster, or create it with more cells.`,
  );
}

function noMessage(timeoutMs: number): TicketlockError {
  return new TicketlockError(
    "QUEUE_TIMEOUT",
    `Cannot receive within ${timeoutMs} ms: no message came.`,
  );
}

function regionWords(cells: number, cellBytes: number): number {
  return STORAGE_AT + QueueCells.words(cells, cellBytes);
}

function wordsOf(words: Int32Array): number {
  return regionWords(
    powerOfTwoOrNaN(words[CELLS_AT]),
    withinOrNaN(words[CELL_BYTES_AT], 1, 65_536),
  );
}
