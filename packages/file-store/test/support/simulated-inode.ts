/** A disk writes so many bytes whole or not at all, and in any order. */
export const SECTOR = 512;

/** A file: its content as programs see it, and what of that is on the disk for sure. */
export class Inode {
  content: Uint8Array = new Uint8Array(0);
  /** What the disk has of it: follows `content` with fsync. */
  settled: Uint8Array = new Uint8Array(0);
  /** What its sectors held before they were allotted: the content of a file that is gone. */
  readonly before: Uint8Array;
  /** Sectors that the next fsync writes. */
  readonly #dirty = new Set<number>();
  /**
   * Sectors that a failed fsync was to write. Linux marks them clean all the same, so that the next fsync
   * succeeds and leaves them out (fsync(2); "PostgreSQL's fsync() surprise", LWN, 2018).
   */
  readonly #lost = new Set<number>();

  constructor(before: Uint8Array = new Uint8Array(0)) {
    this.before = before;
  }

  /** A file whose content is on the disk. */
  static of(content: Uint8Array): Inode {
    const inode = new Inode();
    inode.content = inode.settled = content;
    return inode;
  }

  write(bytes: Uint8Array, position: number): void {
    const content = new Uint8Array(Math.max(this.content.length, position + bytes.length));
    content.set(this.content);
    content.set(bytes, position);
    this.content = content;
    for (let at = sectorOf(position); at <= sectorOf(position + bytes.length - 1); at++) {
      this.#dirty.add(at);
      this.#lost.delete(at);
    }
  }

  /** An fsync that succeeds. */
  settle(): void {
    const settled = new Uint8Array(this.content.length);
    settled.set(this.settled.subarray(0, settled.length));
    for (const sector of this.#dirty) settled.set(partOf(this.content, sector), sector * SECTOR);
    this.settled = settled;
    this.#dirty.clear();
  }

  /** An fsync that fails for good. */
  failToSettle(): void {
    for (const sector of this.#dirty) this.#lost.add(sector);
    this.#dirty.clear();
  }

  /** Those of which nobody knows what a power cut leaves, in order. */
  get unsettledSectors(): readonly number[] {
    return [...this.#dirty, ...this.#lost].toSorted((a, b) => a - b);
  }

  copy(): Inode {
    const copy = new Inode(this.before);
    copy.content = this.content;
    copy.settled = this.settled;
    for (const sector of this.#dirty) copy.#dirty.add(sector);
    for (const sector of this.#lost) copy.#lost.add(sector);
    return copy;
  }
}

export function partOf(content: Uint8Array, sector: number): Uint8Array {
  return content.subarray(sector * SECTOR, (sector + 1) * SECTOR);
}

export function sectorOf(position: number): number {
  return Math.floor(position / SECTOR);
}
