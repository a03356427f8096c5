import { TicketlockError } from "@ticketlock/core";
import {
  checkHeader,
  HEADER_BYTES,
  type HeaderContext,
  type HostIdentity,
  type MappedKind,
  sizeInWords,
  stampHost,
  writeHeader,
} from "./mapped-header.ts";
import { FastWord } from "@ticketlock/shared-memory/building-blocks";
import { type DirectPage, mapDirectly } from "./direct-pages.ts";
import { currentPlatform, notOnTmpfs, otherwise } from "./platform/current-platform.ts";
import type { Address, FileStatus, MappedPlatform } from "./platform/mapped-platform.ts";
import { bootId, pidNamespace } from "./state/host-identity.ts";

/** How a file of some kind is made. */
export interface NewFile {
  /** Its size, header included. */
  readonly words: number;
  /** Writes what stands behind the header's line; all is 0 before. */
  readonly initialise: (words: Int32Array) => void;
}

/** What is opened, and what happens where there is nothing, or something from before the last boot. */
export interface MappedFileOptions {
  readonly kind: MappedKind;
  /** Makes the file if there is none; without it a missing file is `LOCK_LOST`. */
  readonly create?: NewFile;
  /**
   * Makes the memory good again that an earlier boot has left: no process of that time lives. May be
   * cut off at any point, and is then called again.
   */
  readonly renew: (words: Int32Array) => void;
}

/** How long an opener waits for another one that is initialising the file. */
const PATIENCE_MS = 5_000;
/** How often it opens anew a file that is unlinked just then. */
const ATTEMPTS = 100;

/**
 * A file of this user's, mapped into this process and shared with every other process that opens it.
 *
 * The mapping is one private page and, right behind it, the file: a word in the file's first page
 * then lies one page behind a place that is private, where a robust list's entry for it can be.
 *
 * While it is open the process holds a shared flock on the file: who gets an exclusive one knows that
 * nobody uses it.
 */
export class MappedFile {
  readonly path: string;
  /** All words of the file, header included. Detached, so of length 0, after `close`. */
  readonly words: Int32Array<ArrayBuffer>;
  readonly platform: MappedPlatform;
  readonly #file: number;
  readonly #status: FileStatus;
  readonly #base: Address;
  readonly #bytes: number;
  #direct: DirectPage | undefined;
  #users = 1;
  #goesWhenUnused = false;

  private constructor(platform: MappedPlatform, path: string, file: number, wordCount: number) {
    this.path = path;
    this.platform = platform;
    this.#file = file;
    this.#status = platform.statusOf(file);
    this.#bytes = wholePages(platform, wordCount * 4);
    this.#base = platform.reserve(platform.pageBytes + this.#bytes);
    platform.mapFile(this.#shared, file, this.#bytes);
    this.words = new Int32Array(platform.bufferAt(this.#shared, wordCount * 4));
  }

  /**
   * Opens the file at `path`, or makes it.
   * @throws {TicketlockError} `LOCK_UNSUPPORTED`, `LOCK_CORRUPT`, `LOCK_UNAVAILABLE`, `LOCK_LOST`.
   */
  static open(path: string, options: MappedFileOptions): MappedFile {
    const platform = currentPlatform();
    const context: HeaderContext = {
      kind: options.kind,
      architecture: platform.architecture,
      host: hostIdentity(),
    };
    for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
      const file = openOrCreate(platform, path, context, options);
      try {
        const opened = MappedFile.#settle(platform, path, file, context, options);
        if (opened !== undefined) return opened;
      } catch (error) {
        platform.closeFile(file);
        throw readable(path, error);
      }
      platform.closeFile(file);
    }
    throw new TicketlockError(
      "LOCK_LOST",
      `Cannot open ${path}: it is removed again and again while it is being opened. Let nothing clean this directory.`,
    );
  }

  /** Takes the file into use once it is sound; `undefined` if it was unlinked meanwhile. */
  static #settle(
    platform: MappedPlatform,
    path: string,
    file: number,
    context: HeaderContext,
    { renew }: MappedFileOptions,
  ): MappedFile | undefined {
    const endMs = performance.now() + PATIENCE_MS;
    for (let exclusive = false; ; exclusive = !exclusive) {
      if (performance.now() > endMs)
        throw new TicketlockError(
          "LOCK_UNAVAILABLE",
          `Cannot open ${path}: another process has been initialising it for ${PATIENCE_MS} ms. Let it go on, or end it.`,
        );
      if (!platform.lockFile(file, exclusive ? "exclusive" : "shared")) {
        // Not equal steps: two openers that both need the exclusive lock must not keep in step.
        sleep(1 + Math.random() * 4);
        continue;
      }
      const status = platform.statusOf(file);
      if (status.links === 0) return undefined; // whoever cleans up had it first
      checkFile(platform, path, file, status);
      const header = readHeader(platform, file);
      const state = checkHeader(path, header, status.sizeBytes, context);
      if (status.reservedBytes < status.sizeBytes)
        throw new TicketlockError(
          "LOCK_CORRUPT",
          `Cannot open ${path}: it has holes, for which there may be no memory when they are written. Remove the file once nobody uses it.`,
        );
      if (state === "current" && !exclusive)
        return new MappedFile(platform, path, file, sizeInWords(header));
      if (state === "stale" && exclusive) {
        const opened = new MappedFile(platform, path, file, sizeInWords(header));
        renew(opened.words);
        stampHost(opened.words, context.host);
        opened.#unmap();
      }
      platform.lockFile(file, "none");
    }
  }

  get #shared(): Address {
    return this.#base + BigInt(this.platform.pageBytes);
  }

  /** Where the word lies, in this process. */
  addressOf(index: number): Address {
    return this.#shared + BigInt(index * 4);
  }

  /** Where the entry for the word on a robust list lies. */
  entryOf(index: number): Address {
    if (index * 4 >= this.platform.pageBytes || index % 2 !== 0)
      throw new RangeError(
        `Cannot make word ${index} robust: it must be even, and in the first page.`,
      );
    return this.#base + BigInt(index * 4);
  }

  /** The private page in which the entries lie. */
  entryPage(): BigInt64Array<ArrayBuffer> {
    return new BigInt64Array(this.platform.bufferAt(this.#base, this.platform.pageBytes));
  }

  /** The word for a lock's uncontended path. It must be in the file's first page. */
  fastWord(index: number): FastWord {
    const page = this.#directPage();
    if (page === undefined) return new FastWord(this.words, index);
    return new FastWord(this.words, index, page.compareExchange, page.offset + index * 4);
  }

  /**
   * Words of the first page as the uncontended path should read and write them: at the address at
   * which `fastWord` finds its word. Processors look a line up by its address first, and one that is
   * used at two by turns is missed each time. To be forgotten on `close`: they may be another file's then.
   */
  hotWords(): Int32Array {
    return this.#directPage()?.words ?? this.words;
  }

  #directPage(): DirectPage | undefined {
    return (this.#direct ??= mapDirectly(this.platform, this.#file));
  }

  /** Sleeps while the word holds `expected`, at most `timeoutMs`. True if a wake-up ended it. */
  wait(index: number, expected: number, timeoutMs: number): boolean {
    return this.platform.wait(this.addressOf(index), expected, timeoutMs);
  }

  /** Wakes at most `count` sleepers on the word and says how many. */
  wake(index: number, count: number): number {
    return this.platform.wake(this.addressOf(index), count);
  }

  /** Clears the bit of this number in the word and wakes all sleepers, in one step. */
  clearAndWakeAll(index: number, bit: number): void {
    this.platform.clearAndWakeAll(this.addressOf(index), bit);
  }

  /** True if the path no more leads to this file: it was removed or replaced, so newcomers use another one. */
  isReplaced(): boolean {
    try {
      const now = this.platform.statusAt(this.path);
      return now?.inode !== this.#status.inode || now.device !== this.#status.device;
    } catch {
      return true; // where this process cannot look, a newcomer cannot open it either
    }
  }

  /** One user more: the file stays mapped until each has called `close`. */
  retain(): void {
    this.#users++;
  }

  /** Lets go. With the last user's call the words are detached and the memory is given back. */
  close(): void {
    if (--this.#users > 0) return;
    // The flock tells whether others have it open. Who opens it just now finds it unlinked, and starts again.
    if (this.#goesWhenUnused && this.platform.lockFile(this.#file, "exclusive")) this.remove();
    this.#unmap();
    this.platform.closeFile(this.#file); // and with it the flock
  }

  /** Has the last `close` remove the file, unless somebody else has it open. */
  removeWhenUnused(): void {
    this.#goesWhenUnused = true;
  }

  /** Removes the file, if it is still the one at the path. */
  remove(): void {
    if (!this.isReplaced()) this.platform.unlink(this.path);
  }

  #unmap(): void {
    this.words.buffer.transfer(0); // a detached buffer throws where an unmapped one would end the process
    this.platform.unmap(this.#base, this.platform.pageBytes + this.#bytes);
    this.#direct?.release(); // after it, since this takes a mapping for a moment, of which there is a limit
  }
}

function openOrCreate(
  platform: MappedPlatform,
  path: string,
  context: HeaderContext,
  { create }: MappedFileOptions,
): number {
  try {
    for (;;) {
      const status = platform.statusAt(path);
      if (status !== undefined) {
        if (!status.isFile) throw notTrusted(path, "it is not a regular file");
        try {
          return platform.openFile(path);
        } catch (error) {
          if (codeOf(error) === "ENOENT" && create !== undefined) continue; // removed just now
          throw error;
        }
      }
      if (create === undefined)
        throw new TicketlockError(
          "LOCK_LOST",
          `Cannot open ${path}: it is there no more. Whoever made it has closed it, or it was removed.`,
        );
      const file = platform.createFile(path, (made) => fill(platform, path, made, context, create));
      if (file !== undefined) return file;
    }
  } catch (error) {
    throw readable(path, error);
  }
}

/** Writes the whole file. Written, not only given a size: memory that is missing must show here, and not as a SIGBUS. */
function fill(
  platform: MappedPlatform,
  path: string,
  file: number,
  context: HeaderContext,
  create: NewFile,
): void {
  checkFile(platform, path, file, platform.statusOf(file));
  const bytes = new Uint8Array(wholePages(platform, create.words * 4));
  const words = new Int32Array(bytes.buffer, 0, create.words);
  create.initialise(words);
  writeHeader(words, context);
  platform.write(file, bytes, 0);
  // Before it has a name, so that whoever cleans up never sees it unused.
  platform.lockFile(file, "shared");
}

function checkFile(platform: MappedPlatform, path: string, file: number, status: FileStatus): void {
  if (!status.isFile) throw notTrusted(path, "it is not a regular file");
  if (status.ownerId !== platform.userId) throw notTrusted(path, "it belongs to another user");
  if ((status.mode & 0o077) !== 0)
    throw notTrusted(path, `other users may use it (mode ${status.mode.toString(8)})`);
  if (!platform.isOnTmpfs(file)) throw notOnTmpfs(path);
}

function notTrusted(path: string, why: string): TicketlockError {
  return new TicketlockError(
    "LOCK_CORRUPT",
    `Cannot open ${path}: ${why}, so it may have been planted. Remove it once nobody uses it.`,
  );
}

function readHeader(platform: MappedPlatform, file: number): Int32Array {
  const bytes = platform.read(file, HEADER_BYTES);
  return new Int32Array(bytes.buffer, 0, Math.floor(bytes.length / 4));
}

function hostIdentity(): HostIdentity {
  const host = { bootId: bootId().replaceAll("-", ""), pidNamespace: pidNamespace() };
  if (host.bootId !== "" && host.pidNamespace !== 0) return host;
  throw new TicketlockError(
    "LOCK_UNSUPPORTED",
    `Cannot use mapped memory here: /proc does not tell the boot id and the PID namespace. Mount it. ${otherwise()}`,
  );
}

/** What the system says, as an error of this project's. */
function readable(path: string, error: unknown): unknown {
  if (error instanceof TicketlockError || error instanceof RangeError || error instanceof TypeError)
    return error;
  const code = codeOf(error);
  if (code === "ELOOP") return notTrusted(path, "it is a symbolic link");
  const why = reasons[code] ?? `the system says ${code || String(error)}`;
  return new TicketlockError("LOCK_UNAVAILABLE", `Cannot open ${path}: ${why}.`, { cause: error });
}

const reasons: Readonly<Record<string, string>> = {
  ENOSPC: "its file system has no room left. Free some, or mount it larger",
  EDQUOT: "this user's quota has no room left",
  EFBIG: "this process may not make a file so large (ulimit -f)",
  ENOMEM: "there is no memory left",
  EACCES: "this user has no right to it",
  EPERM: "this user has no right to it",
  ENOENT: "its directory does not exist",
  EMFILE: "this process has as many files open as it may (ulimit -n), and each open lock takes one",
  ENFILE: "the system has as many files open as it can",
};

function codeOf(error: unknown): string {
  const code = (error as { code?: unknown } | null)?.code;
  return typeof code === "string" ? code : "";
}

function wholePages({ pageBytes }: MappedPlatform, bytes: number): number {
  return Math.ceil(bytes / pageBytes) * pageBytes;
}

const never = new Int32Array(new SharedArrayBuffer(4));

function sleep(ms: number): void {
  Atomics.wait(never, 0, 0, ms);
}
