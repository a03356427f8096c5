import {
  type CompareExchange,
  createDirectMemory,
  type DirectMemory,
} from "@ticketlock/shared-memory/building-blocks";
import type { Address, MappedPlatform } from "./platform/mapped-platform.ts";
import { MAX_ENTRIES } from "./robust-list.ts";

/** A page of a mapped file at a second address, where a compare-and-set is one instruction. */
export interface DirectPage {
  readonly compareExchange: CompareExchange;
  /** Where the page begins, for `compareExchange`. */
  readonly offset: number;
  /** The page's words there. They are another file's once the page has been released. */
  readonly words: Int32Array;
  /** Gives the place back. The page must not be used any more. */
  release(): void;
}

/**
 * WebAssembly memory of this thread into which pages of files are mapped, one beside the other. Only
 * the uncontended path goes there. Everything else, the kernel's robust list above all, uses the
 * file's own mapping: it outlives the thread's engine, which takes this memory with it when it ends,
 * before the kernel looks for what the thread held.
 */
class DirectPages {
  readonly #platform: MappedPlatform;
  readonly #direct: DirectMemory;
  readonly #base: Address;
  readonly #free: number[];

  constructor(platform: MappedPlatform, direct: DirectMemory, pages: number) {
    this.#platform = platform;
    this.#direct = direct;
    this.#base = platform.addressOf(direct.memory.buffer as ArrayBuffer);
    this.#free = Array.from({ length: pages }, (_, i) => pages - 1 - i);
  }

  /** Maps the file's first page; `undefined` if every place is taken, or the system maps no more. */
  map(file: number): DirectPage | undefined {
    const page = this.#free.pop();
    if (page === undefined) return undefined;
    const bytes = this.#platform.pageBytes;
    const offset = page * bytes;
    const address = this.#base + BigInt(offset);
    try {
      this.#platform.mapFile(address, file, bytes);
    } catch {
      this.#free.push(page); // no room for one more mapping: Atomics reach the word as well
      return undefined;
    }
    return {
      compareExchange: this.#direct.compareExchange,
      offset,
      words: new Int32Array(this.#direct.memory.buffer, offset, bytes / 4),
      release: () => this.#release(page, address),
    };
  }

  #release(page: number, address: Address): void {
    try {
      this.#platform.mapPrivate(address, this.#platform.pageBytes);
    } catch {
      return; // no room for one more mapping: the place shows the file still, and is not used again
    }
    this.#free.push(page);
  }
}

let pages: DirectPages | null | undefined;

/** Maps a file's first page where it can be reached directly; `undefined` where that is not to be had. */
export function mapDirectly(platform: MappedPlatform, file: number): DirectPage | undefined {
  if (pages === undefined) pages = openPages(platform) ?? null;
  return pages?.map(file);
}

/** As many as a thread may have locks open. */
function openPages(platform: MappedPlatform): DirectPages | undefined {
  if (!platform.atomicsAreCalls) return undefined;
  const direct = createDirectMemory(MAX_ENTRIES * platform.pageBytes, false);
  if (direct === undefined) return undefined;
  try {
    return new DirectPages(platform, direct, MAX_ENTRIES);
  } catch {
    return undefined; // its address is not to be had: Atomics do without
  }
}
