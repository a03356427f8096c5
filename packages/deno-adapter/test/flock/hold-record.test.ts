import { expect, it } from "vitest";
import type { FsFile } from "../../src/deno-types.ts";
import { HoldRecord, newRecord } from "../../src/flock/hold-record.ts";

/** A file in memory, of which a write may stop after some bytes, as by a power cut. */
class MemoryFile implements FsFile {
  readonly bytes: Uint8Array = newRecord();
  longestWrite = Infinity;
  #at = 0;

  readSync(into: Uint8Array): number {
    const part = this.bytes.subarray(this.#at, this.#at + into.length);
    into.set(part);
    this.#at += part.length;
    return part.length;
  }

  writeSync(from: Uint8Array): number {
    const part = from.subarray(0, this.longestWrite);
    this.bytes.set(part, this.#at);
    this.#at += part.length;
    return part.length;
  }

  seekSync(offset: number): number {
    return (this.#at = offset);
  }

  statSync(): never {
    throw new Error("not asked");
  }

  syncSync(): void {}
  tryLockSync(): boolean {
    return true;
  }
  unlockSync(): void {}
  close(): void {}
}

it("HoldRecord keeps the state before a write that stops after any number of bytes", () => {
  for (let bytes = 0; bytes < 40; bytes++) {
    const file = new MemoryFile();
    const record = new HoldRecord("lock", file);
    record.take(7, 9, 2 ** 40);
    record.free(2 ** 40 + 1);
    const before = record.state();
    file.longestWrite = bytes;
    expect(() => record.take(8, 9, 0)).toThrow("written in part");
    expect(record.state()).toEqual(before);
    file.longestWrite = Infinity;
    expect(record.take(8, 9, 0)).toMatchObject({ token: 2 ** 40 + 2, abandoned: false });
  }
});

it("HoldRecord tells who comes after a holder that never freed it, until the data is called whole", () => {
  const record = new HoldRecord("lock", new MemoryFile());
  expect(record.take(1, 1, 0)).toMatchObject({ token: 1, abandoned: false });
  expect(record.take(2, 2, 0)).toMatchObject({ token: 2, abandoned: true });
  record.free(2);
  expect(record.take(3, 3, 0)).toMatchObject({ token: 3, abandoned: true });
  record.markConsistent(2); // a former holder's word does not count
  expect(record.state().abandoned).toBe(true);
  record.markConsistent(3);
  record.free(3);
  expect(record.take(4, 4, 0)).toMatchObject({ token: 4, abandoned: false });
});

it("HoldRecord refuses a file of which no copy is whole", () => {
  const file = new MemoryFile();
  const record = new HoldRecord("lock", file);
  file.bytes.fill(1, 64, 192);
  expect(() => record.state()).toThrow(expect.objectContaining({ code: "LOCK_CORRUPT" }) as Error);
});
