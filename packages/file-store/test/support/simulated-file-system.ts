import type { FileFacts, FileSystem } from "../../src/file-system.ts";

/** Content as programs see it, and as the disk has it: the latter follows with fsync. */
interface Inode {
  content: Uint8Array;
  settled: Uint8Array;
}
type Names = Map<string, Inode>;

/** What happens at one step: the machine stops before it, or the system call fails. */
export interface Fault {
  readonly step: number;
  /** An operating system's error code, or the end of the world. */
  readonly kind: "crash" | "ENOSPC" | "EIO" | "EDQUOT";
}

/** Thrown at a crash and by every step after it. */
export class Crash extends Error {}

/**
 * A file system in memory that knows what a power cut would leave: content that was not settled with
 * fsync may be gone, torn or there; names that were not settled with an fsync of their directory
 * may be there or not, each of them by itself, in any combination.
 */
export class SimulatedFileSystem implements FileSystem {
  readonly names: Names;
  readonly #settledNames: Names;
  /** Changes of names that no fsync of the directory has settled. */
  #pending: ((names: Names) => void)[] = [];
  readonly #descriptors = new Map<number, { inode: Inode; writes: boolean }>();
  readonly #longestWrite: number;
  #nextDescriptor = 3;
  #crashed = false;
  /** System calls so far. */
  steps = 0;
  fault: Fault | undefined;
  /** Name of the call that the fault hit. */
  faultAt: string | undefined;

  constructor(options: { names?: Names; settledNames?: Names; longestWrite?: number } = {}) {
    this.names = options.names ?? new Map<string, Inode>();
    this.#settledNames = options.settledNames ?? new Map(this.names);
    this.#longestWrite = options.longestWrite ?? Number.POSITIVE_INFINITY;
  }

  open(path: string, purpose: "read" | "create"): number {
    this.step("open");
    let inode = this.names.get(path);
    if (purpose === "read" && inode === undefined) throw errorOf("ENOENT");
    if (purpose === "create") {
      if (inode !== undefined) throw errorOf("EEXIST");
      const made: Inode = { content: new Uint8Array(0), settled: new Uint8Array(0) };
      inode = made;
      this.#change((names) => names.set(path, made));
    }
    this.#descriptors.set(this.#nextDescriptor, { inode: inode!, writes: purpose === "create" });
    return this.#nextDescriptor++;
  }

  read(descriptor: number, into: Uint8Array, position: number): number {
    this.step("read");
    const { inode } = this.#descriptors.get(descriptor)!;
    const bytes = inode.content.subarray(position, position + into.length);
    into.set(bytes);
    return bytes.length;
  }

  write(descriptor: number, bytes: Uint8Array, position: number): number {
    this.step("write");
    const { inode } = this.#descriptors.get(descriptor)!;
    const part = bytes.subarray(0, this.#longestWrite);
    const content = new Uint8Array(Math.max(inode.content.length, position + part.length));
    content.set(inode.content);
    content.set(part, position);
    inode.content = content;
    return part.length;
  }

  facts(descriptor: number): FileFacts {
    this.step("facts");
    const { inode } = this.#descriptors.get(descriptor)!;
    return { size: inode.content.length, isFile: true, mode: undefined, owner: undefined };
  }

  fsync(descriptor: number): void {
    this.step("fsync");
    const { inode } = this.#descriptors.get(descriptor)!;
    inode.settled = inode.content;
  }

  close(descriptor: number): void {
    this.step("close");
    this.#descriptors.delete(descriptor);
  }

  rename(from: string, to: string): void {
    this.step("rename");
    const inode = this.#inodeAt(from);
    if (this.names.get(to) === inode) return; // two names of one file: POSIX does nothing
    this.#change((names) => {
      names.delete(from);
      names.set(to, inode);
    });
  }

  link(existing: string, name: string): void {
    this.step("link");
    const inode = this.#inodeAt(existing);
    if (this.names.has(name)) throw errorOf("EEXIST");
    this.#change((names) => names.set(name, inode));
  }

  unlink(path: string): void {
    this.step("unlink");
    this.#inodeAt(path);
    this.#change((names) => names.delete(path));
  }

  fsyncDirectory(_directory: string): void {
    this.step("fsyncDirectory");
    for (const change of this.#pending) change(this.#settledNames);
    this.#pending = [];
  }

  /** What another process finds after this one was killed. */
  afterKill(): SimulatedFileSystem {
    return copyOf(this.names, (inode) => inode.content, this.#settledNames);
  }

  /** Everything that a power cut might leave now, each once. */
  *afterPowerCut(): Generator<SimulatedFileSystem> {
    const seen = new Set<string>();
    for (const survivors of survivals(this.#pending)) {
      const names: Names = new Map(this.#settledNames);
      for (const change of survivors) change(names);
      for (const tear of tears) {
        const listed = [...names].map(([name, inode]) => [name, latin1(tear(inode))]);
        const key = JSON.stringify(listed.sort());
        if (seen.has(key)) continue;
        seen.add(key);
        yield copyOf(names, tear);
      }
    }
  }

  /** Counts a system call; a broken twin overrides the ones that it forgets. */
  protected step(call: string): void {
    if (this.#crashed) throw new Crash();
    if (++this.steps !== this.fault?.step) return;
    this.faultAt = call;
    if (this.fault.kind !== "crash") throw errorOf(this.fault.kind);
    this.#crashed = true;
    throw new Crash();
  }

  #change(change: (names: Names) => void): void {
    change(this.names);
    this.#pending.push(change);
  }

  #inodeAt(path: string): Inode {
    const inode = this.names.get(path);
    if (inode === undefined) throw errorOf("ENOENT");
    return inode;
  }
}

/** Any combination of changes; of more than these, which only a broken twin piles up, any number in their order. */
const MAX_COMBINED = 10;

function survivals<T>(changes: readonly T[]): T[][] {
  if (changes.length > MAX_COMBINED)
    return [...changes, undefined].map((_, count) => changes.slice(0, count));
  return Array.from({ length: 2 ** changes.length }, (_, chosen) =>
    changes.filter((_change, i) => (chosen & (1 << i)) !== 0),
  );
}

/** A disk writes so many bytes whole or not at all, and in any order. */
const SECTOR = 512;
/** What a sector may hold that was allotted and not written. */
const GARBAGE = 0xa5;

/** What may be on the disk of a file whose last content was not settled. */
const tears: readonly ((inode: Inode) => Uint8Array)[] = [
  ({ settled }) => settled,
  ({ content }) => content,
  unsettled((content) => content.subarray(0, content.length >> 1)),
  unsettled((content) => content.subarray(0, Math.min(SECTOR, content.length))),
  unsettled((content) => new Uint8Array(content.length)),
  unsettled((content) => new Uint8Array(content.length).fill(GARBAGE)),
  unsettled((content) => withSectors(content, (sector) => sector % 2 === 0)),
  unsettled((content) => withSectors(content, (sector) => sector % 2 === 1)),
];

/** Tears what no fsync has settled, and nothing else. */
function unsettled(tear: (content: Uint8Array) => Uint8Array): (inode: Inode) => Uint8Array {
  return ({ content, settled }) => (content === settled ? content : tear(content));
}

/** Those sectors are written, and in the others is garbage. */
function withSectors(content: Uint8Array, isWritten: (sector: number) => boolean): Uint8Array {
  return content.map((byte, at) => (isWritten(Math.floor(at / SECTOR)) ? byte : GARBAGE));
}

/** Files that are one file under two names stay one. */
function copyOf(
  names: Names,
  contentOf: (inode: Inode) => Uint8Array,
  settledNames: Names = names,
): SimulatedFileSystem {
  const copies = new Map<Inode, Inode>();
  const copy = (inode: Inode): Inode => {
    const known = copies.get(inode);
    if (known !== undefined) return known;
    const content = contentOf(inode);
    const made: Inode = { content, settled: settledNames === names ? content : inode.settled };
    copies.set(inode, made);
    return made;
  };
  const copyAll = (from: Names): Names =>
    new Map([...from].map(([name, inode]) => [name, copy(inode)]));
  return new SimulatedFileSystem({
    names: copyAll(names),
    settledNames: copyAll(settledNames),
  });
}

function latin1(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString("latin1");
}

function errorOf(code: string): Error {
  return Object.assign(new Error(`${code}: simulated`), { code });
}
