import { createHash } from "node:crypto";
import type { FileFacts, FileSystem } from "../../src/file-system.ts";
import type { Choose } from "./choose.ts";
import { contentsAfterCut, latin1, tornSectors } from "./disk-tears.ts";
import { Inode } from "./simulated-inode.ts";

type Names = Map<string, Inode>;
/** Names that one system call changes together, and the file that each stands for afterwards. */
type Change = readonly (readonly [name: string, inode: Inode | undefined])[];

/** An operating system's error code. */
export type DiskError = "ENOSPC" | "EIO" | "EDQUOT" | "EINTR";

/** What happens at one step: the machine stops before it, or the system call fails. */
export interface Fault {
  readonly step: number;
  readonly kind: "crash" | DiskError;
  /** It stays: every later call that needs what is missing fails as well. */
  readonly stays?: boolean;
}

/** Calls that change what is on a disk; one that cannot be written goes on to refuse them. */
export const CHANGING: ReadonlySet<string> = new Set(["create", "write", "link", "unlink", "rename", "fsync", "fsyncDirectory"]); // prettier-ignore
/** Those that a full one refuses. */
const NEEDS_ROOM: ReadonlySet<string> = new Set(["create", "write", "link", "fsync"]);

/** Thrown at a crash and by every step after it. */
export class Crash extends Error {}

export interface DiskOptions {
  /** Bytes that one write takes at most, and that one read gives. */
  readonly longestWrite?: number;
  readonly longestRead?: number;
  /** Its fsync returns and settles no content, as that of a drive that answers from its cache; names it does settle. */
  readonly lies?: boolean;
}

/**
 * A file system in memory that knows what a power cut would leave: of content that was not settled with
 * fsync each sector may be there or not; names that were not settled with an fsync of their directory
 * may be there or not, each of them by itself, in any combination.
 */
export class SimulatedFileSystem implements FileSystem {
  readonly names: Names = new Map();
  readonly options: DiskOptions;
  #settledNames: Names = new Map();
  /** Changes of names that no fsync of the directory has settled. */
  #pending: Change[] = [];
  readonly #descriptors = new Map<number, Inode>();
  /** What the file had whose sectors are to be had again. */
  #freed: Uint8Array | undefined;
  /** Every content that a name was given to. */
  readonly #generations = new Set<string>();
  #nextDescriptor = 3;
  #crashed = false;
  /** System calls so far. */
  steps = 0;
  fault: Fault | undefined;
  /** Name of the call that the fault hit. */
  faultAt: string | undefined;
  /** Most sectors of a file that a power cut has left neither new nor old. */
  torn = 0;

  constructor(options: DiskOptions = {}) {
    this.options = options;
  }

  open(path: string, purpose: "read" | "create"): number {
    this.step(purpose === "read" ? "open" : "create");
    let inode = this.names.get(path);
    if (purpose === "read" && inode === undefined) throw errorOf("ENOENT");
    if (purpose === "create") {
      if (inode !== undefined) throw errorOf("EEXIST");
      inode = new Inode(this.#freed);
      this.#change([[path, inode]]);
    }
    this.#descriptors.set(this.#nextDescriptor, inode!);
    return this.#nextDescriptor++;
  }

  read(descriptor: number, into: Uint8Array, position: number): number {
    this.step("read");
    const longest = Math.min(into.length, this.options.longestRead ?? Infinity);
    const { content } = this.#descriptors.get(descriptor)!;
    const bytes = content.subarray(position, position + longest);
    into.set(bytes);
    return bytes.length;
  }

  write(descriptor: number, bytes: Uint8Array, position: number): number {
    this.step("write");
    const part = bytes.subarray(0, this.options.longestWrite ?? Infinity);
    this.#descriptors.get(descriptor)!.write(part, position);
    return part.length;
  }

  facts(descriptor: number): FileFacts {
    this.step("facts");
    const { content } = this.#descriptors.get(descriptor)!;
    return { size: content.length, isFile: true, mode: undefined, owner: undefined };
  }

  fsync(descriptor: number): void {
    const inode = this.#descriptors.get(descriptor)!;
    try {
      this.step("fsync");
    } catch (error) {
      if (!(error instanceof Crash) && this.fault?.kind !== "EINTR") inode.failToSettle();
      throw error;
    }
    if (this.options.lies !== true) inode.settle();
  }

  close(descriptor: number): void {
    this.step("close");
    this.#descriptors.delete(descriptor);
  }

  rename(from: string, to: string): void {
    this.step("rename");
    const inode = this.#inodeAt(from);
    if (this.names.get(to) === inode) return; // two names of one file: POSIX does nothing
    this.#change([[from, undefined], [to, inode]]); // prettier-ignore
  }

  link(existing: string, name: string): void {
    this.step("link");
    const inode = this.#inodeAt(existing);
    if (this.names.has(name)) throw errorOf("EEXIST");
    this.#change([[name, inode]]);
  }

  unlink(path: string): void {
    this.step("unlink");
    this.#inodeAt(path);
    this.#change([[path, undefined]]);
  }

  /**
   * One that failed can be done again: where a file system cannot write its directories it goes read-only, and no
   * later one succeeds.
   */
  fsyncDirectory(_directory: string): void {
    this.step("fsyncDirectory");
    for (const change of this.#pending) apply(change, this.#settledNames);
    this.#pending = [];
  }

  /** What another process finds after this one was killed, and what a power cut would leave of that. */
  afterKill(): SimulatedFileSystem {
    const copies = new Map<Inode, Inode>();
    const copy = (inode: Inode): Inode => {
      const known = copies.get(inode) ?? inode.copy();
      copies.set(inode, known);
      return known;
    };
    const left = this.#another();
    for (const [name, inode] of this.names) left.names.set(name, copy(inode));
    for (const [name, inode] of this.#settledNames) left.#settledNames.set(name, copy(inode));
    left.#pending = this.#pending.map((change) =>
      change.map(([name, inode]) => [name, inode && copy(inode)] as const),
    );
    left.#freed = this.#freed;
    return left;
  }

  /**
   * What a power cut might leave now: names in every combination, and of the files under them every combination of
   * what is left of each, or as many that are chosen where there are more. Each once.
   */
  *afterPowerCut(choose: Choose, most = 256): Generator<SimulatedFileSystem> {
    const seen = new Set<string>();
    const all = survivals(this.#pending);
    const share = Math.ceil(most / all.length);
    const contentsOf = new Map<Inode, Uint8Array[]>();
    for (const survivors of all) {
      const names: Names = new Map(this.#settledNames);
      for (const change of survivors) apply(change, names);
      const inodes = [...new Set(names.values())];
      for (const inode of inodes)
        if (!contentsOf.has(inode)) contentsOf.set(inode, contentsAfterCut(inode, choose));
      const contents = inodes.map((inode) => contentsOf.get(inode)!);
      for (const chosen of combinations(contents, choose, share)) {
        const left = this.#another();
        const copies = new Map(inodes.map((inode, i) => [inode, Inode.of(chosen[i]!)]));
        for (const [name, inode] of names) left.names.set(name, copies.get(inode)!);
        left.#settledNames = new Map(left.names);
        left.torn = Math.max(0, ...inodes.map((inode, i) => tornSectors(inode, chosen[i]!)));
        const { key } = left;
        if (seen.has(key)) continue;
        seen.add(key);
        yield left;
      }
    }
  }

  /** The same for the same names with the same content under them. */
  get key(): string {
    const hash = createHash("sha256");
    for (const name of [...this.names.keys()].toSorted()) {
      const { content } = this.names.get(name)!;
      hash.update(`${name}\n${content.length}\n`).update(content);
    }
    return hash.digest("base64url").slice(0, KEY_LENGTH);
  }

  /** Whether what this name stands for was, byte for byte, given to a name before. */
  wasWhole(name: string): boolean {
    return this.#generations.has(latin1(this.#inodeAt(name).content));
  }

  /** Counts a system call; a broken twin overrides the ones that it forgets. */
  protected step(call: string): void {
    if (this.#crashed) throw new Crash();
    this.steps++;
    const { fault } = this;
    if (fault === undefined || this.steps < fault.step) return;
    if (this.steps > fault.step && !isStaying(fault, call)) return;
    this.faultAt ??= call;
    if (fault.kind !== "crash") throw errorOf(fault.kind);
    this.#crashed = true;
    throw new Crash();
  }

  /** A disk of the same kind, empty. */
  #another(): SimulatedFileSystem {
    const Disk = this.constructor as typeof SimulatedFileSystem;
    const left = new Disk(this.options);
    for (const generation of this.#generations) left.#generations.add(generation);
    return left;
  }

  #change(change: Change): void {
    const gone = change.map(([name]) => this.names.get(name)).filter((inode) => inode !== undefined); // prettier-ignore
    apply(change, this.names);
    this.#pending.push(change);
    const left = new Set(this.names.values());
    for (const inode of gone) if (!left.has(inode)) this.#freed = inode.content;
    for (const [, inode] of change) if (inode !== undefined) this.#generations.add(latin1(inode.content)); // prettier-ignore
  }

  #inodeAt(path: string): Inode {
    const inode = this.names.get(path);
    if (inode === undefined) throw errorOf("ENOENT");
    return inode;
  }
}

/** Enough that two of a million trees with one key are less likely than a broken machine. */
const KEY_LENGTH = 12;

function apply(change: Change, names: Names): void {
  for (const [name, inode] of change) {
    if (inode === undefined) names.delete(name);
    else names.set(name, inode);
  }
}

function isStaying({ kind, stays }: Fault, call: string): boolean {
  return stays === true && (kind === "EIO" ? CHANGING : NEEDS_ROOM).has(call);
}

/** Any combination of changes; of more than these, which only a broken twin piles up, any number in their order. */
const MAX_COMBINED = 8;

function survivals<T>(changes: readonly T[]): T[][] {
  if (changes.length > MAX_COMBINED)
    return [...changes, undefined].map((_, count) => changes.slice(0, count));
  return Array.from({ length: 2 ** changes.length }, (_, chosen) =>
    changes.filter((_change, i) => (chosen & (1 << i)) !== 0),
  );
}

/** One of each, in every combination, or `most` that are chosen where there are more, half of them second ones: whole new contents. */
function* combinations<T>(
  lists: readonly (readonly T[])[],
  choose: Choose,
  most: number,
): Generator<T[]> {
  const total = lists.reduce((product, { length }) => product * length, 1);
  const isFew = total <= most;
  for (let number = 0; number < Math.min(total, most); number++) {
    let rest = number;
    yield lists.map((list) => {
      // Where all are torn, what is torn in one file is hidden by the next.
      if (!isFew) return choose(2) === 0 ? (list[1] ?? list[0]!) : list[choose(list.length)]!;
      const one = list[rest % list.length]!;
      rest = Math.floor(rest / list.length);
      return one;
    });
  }
}

function errorOf(code: string): Error {
  return Object.assign(new Error(`${code}: simulated`), { code });
}
