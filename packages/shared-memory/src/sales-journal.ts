import { checkOrder, MAX_TEXT_BYTES, type Order, type Sale } from "@ticketlock/core";
import { readUtf8, writeUtf8 } from "./utf8.ts";

/** Words of one entry: serials, lengths, hash, then id and buyer in UTF-8. */
const FIRST_SERIAL = 0;
const QUANTITY = 1;
const LENGTHS = 2;
const HASH = 3;
const TEXT = 4;
const ENTRY_WORDS = 4 + (2 * MAX_TEXT_BYTES) / 4;

/** An order in the form in which the journal compares and stores it; made before the latch is taken. */
export interface EncodedOrder {
  readonly order: Order;
  readonly hash: number;
}

/**
 * Sales in the order of their commit, and an index from order id to sale. Both are written ahead
 * of the commit: entries and index slots beyond the committed number of sales mean nothing, so a
 * writer may die anywhere.
 */
export class SalesJournal {
  readonly #words: Int32Array;
  readonly #bytes: Uint8Array;
  readonly #indexAt: number;
  readonly #indexMask: number;
  readonly #entriesAt: number;
  /** The id of the order in hand, to be compared and copied as bytes. */
  readonly #id: Uint8Array = new Uint8Array(MAX_TEXT_BYTES);
  #idLength = 0;

  constructor(words: Int32Array, base: number, room: number) {
    this.#words = words;
    this.#bytes = new Uint8Array(words.buffer, words.byteOffset, words.byteLength);
    this.#indexAt = base;
    this.#indexMask = indexSize(room) - 1;
    this.#entriesAt = base + indexSize(room);
  }

  static words(room: number): number {
    return indexSize(room) + room * ENTRY_WORDS;
  }

  /** Makes a copy of `order` the one in hand: what the caller's object says later does not matter. */
  encode({ id, buyer, quantity }: Order): EncodedOrder {
    const order = checkOrder({ id, buyer, quantity });
    this.#idLength = writeUtf8(this.#id, 0, order.id);
    let hash = 0x811c9dc5; // FNV-1a (Fowler, Noll, Vo)
    for (let i = 0; i < this.#idLength; i++) hash = Math.imul(hash ^ this.#id[i]!, 0x01000193);
    return { order, hash };
  }

  /**
   * The slot of the index that holds the order in hand, or where it would go. Under the latch; a
   * caller who knows the order to be in the journal needs none.
   */
  find({ hash }: EncodedOrder, sales: number): { slot: number; sale: number } {
    let free = 0;
    for (let probe = 0; probe <= this.#indexMask; probe++) {
      const slot = this.#slot(hash, probe);
      const sale = this.#words[slot]! - 1;
      if (sale === -1) return { slot: free || slot, sale: -1 };
      // A number beyond the committed ones was written by somebody who died before the commit. Such
      // a slot can be used, but others may lie behind it.
      if (sale < 0 || sale >= sales) free ||= slot;
      else if (this.#isIdOf(sale, hash)) return { slot, sale };
    }
    return { slot: free || this.#needlessSlot(hash), sale: -1 };
  }

  /**
   * A slot that holds a sale which another slot, earlier on its way, holds as well: it was written by
   * somebody who died before the commit, and then the number was given to another order. There is
   * one in a full index, which has more slots than the journal has entries. 0 if there is none,
   * which takes memory that somebody has scribbled over.
   */
  #needlessSlot(hash: number): number {
    for (let probe = 0; probe <= this.#indexMask; probe++) {
      const slot = this.#slot(hash, probe);
      if (this.#firstSlotOf(this.#words[slot]! - 1) !== slot) return slot;
    }
    return 0;
  }

  #firstSlotOf(sale: number): number {
    const hash = this.#words[this.#at(sale) + HASH]!;
    for (let probe = 0; probe <= this.#indexMask; probe++) {
      const slot = this.#slot(hash, probe);
      if (this.#words[slot] === sale + 1) return slot;
    }
    return 0;
  }

  #slot(hash: number, probe: number): number {
    return this.#indexAt + ((hash + probe) & this.#indexMask);
  }

  /** Writes sale number `sale` and its index slot. It counts once the number of sales is committed. Under the latch. */
  write(sale: number, slot: number, { order, hash }: EncodedOrder, firstSerial: number): void {
    const at = this.#at(sale);
    const words = this.#words;
    words[at + FIRST_SERIAL] = firstSerial;
    words[at + QUANTITY] = order.quantity;
    words[at + HASH] = hash;
    const textAt = (at + TEXT) * 4;
    for (let i = 0; i < this.#idLength; i++) this.#bytes[textAt + i] = this.#id[i]!;
    const buyerLength = writeUtf8(this.#bytes, textAt + this.#idLength, order.buyer);
    words[at + LENGTHS] = this.#idLength | (buyerLength << 8);
    words[slot] = sale + 1;
  }

  read(sale: number): Sale {
    const at = this.#at(sale);
    const lengths = this.#words[at + LENGTHS]!;
    const textAt = (at + TEXT) * 4;
    return {
      order: readUtf8(this.#bytes, textAt, lengths & 0xff),
      buyer: readUtf8(this.#bytes, textAt + (lengths & 0xff), lengths >>> 8),
      firstSerial: this.#words[at + FIRST_SERIAL]!,
      quantity: this.#words[at + QUANTITY]!,
    };
  }

  #isIdOf(sale: number, hash: number): boolean {
    const at = this.#at(sale);
    if (this.#words[at + HASH] !== hash || (this.#words[at + LENGTHS]! & 0xff) !== this.#idLength)
      return false;
    const textAt = (at + TEXT) * 4;
    for (let i = 0; i < this.#idLength; i++)
      if (this.#bytes[textAt + i] !== this.#id[i]) return false;
    return true;
  }

  #at(sale: number): number {
    return this.#entriesAt + sale * ENTRY_WORDS;
  }
}

/** At most half full, so that probes stay short. A power of two. */
function indexSize(room: number): number {
  return 2 ** Math.ceil(Math.log2(2 * room + 2));
}
