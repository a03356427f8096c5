import { LINE } from "@ticketlock/shared-memory/building-blocks";
import type { Address, MappedPlatform } from "./platform/mapped-platform.ts";
import { WatchSlot } from "./watch-slot.ts";

/** Lock words that one helper watches: futex_waitv takes 128, its own control word among them. */
export const SLOTS = 120;

/** Changed, and woken on, when the helper has to look at its slots again. */
const CONTROL = 0;
/** 1: the thread ends. */
const STOP = 1;
/** 1 while the helper is in its loop; 0 before it is up, and while it is idle. */
const AWAKE = 2;
/** 1 once the helper has been up. */
const READY = 3;
/** A slot: its state, then the address of its lock word as one word of 64 bits. */
const SLOT_WORDS = 4;

/**
 * A page of this process's memory through which a thread and its helper talk: ordinary memory, since
 * a futex can wait on it together with lock words, which it cannot on a SharedArrayBuffer of unknown
 * address.
 */
export class WatchBoard {
  readonly address: Address;
  readonly slots: readonly WatchSlot[];
  readonly #platform: MappedPlatform;
  readonly #words: Int32Array;
  readonly #addresses: BigInt64Array;

  /** Makes a board, or finds the one at `address`. */
  constructor(platform: MappedPlatform, address?: Address) {
    this.#platform = platform;
    this.address = address ?? platform.reserve(platform.pageBytes);
    const memory = platform.bufferAt(this.address, platform.pageBytes);
    this.#words = new Int32Array(memory);
    this.#addresses = new BigInt64Array(memory);
    this.slots = Array.from({ length: SLOTS }, (_, i) => new WatchSlot(this.#words, slotAt(i)));
  }

  lockAddress(slot: number): Address {
    return Atomics.load(this.#addresses, slotAt(slot) / 2 + 1);
  }

  setLockAddress(slot: number, address: Address): void {
    Atomics.store(this.#addresses, slotAt(slot) / 2 + 1, address);
  }

  get controlAddress(): Address {
    return this.address + BigInt(CONTROL * 4);
  }

  control(): number {
    return Atomics.load(this.#words, CONTROL);
  }

  /** Lets the helper look at its slots again. False if it is not in its loop and has to be called. */
  poke(): boolean {
    Atomics.add(this.#words, CONTROL, 1);
    if (Atomics.load(this.#words, AWAKE) === 0) return false;
    this.#platform.wake(this.controlAddress, 1);
    return true;
  }

  stop(): void {
    Atomics.store(this.#words, STOP, 1);
    this.poke();
  }

  get isStopped(): boolean {
    return Atomics.load(this.#words, STOP) === 1;
  }

  get isReady(): boolean {
    return Atomics.load(this.#words, READY) === 1;
  }

  setReady(): void {
    Atomics.store(this.#words, READY, 1);
  }

  /** The helper's last act before it goes idle, and its first in the loop: slots are looked at after it. */
  setAwake(awake: boolean): void {
    Atomics.store(this.#words, AWAKE, awake ? 1 : 0);
  }
}

function slotAt(slot: number): number {
  return LINE + slot * SLOT_WORDS;
}
