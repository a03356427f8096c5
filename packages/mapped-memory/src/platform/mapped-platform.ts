/** A place in the process's memory. */
export type Address = bigint;

/** What a file is, as far as a lock file is checked. */
export interface FileStatus {
  readonly device: number;
  readonly inode: number;
  readonly links: number;
  readonly ownerId: number;
  /** Permission bits. */
  readonly mode: number;
  readonly isFile: boolean;
  readonly sizeBytes: number;
  /** What the file system has really set aside for it. */
  readonly reservedBytes: number;
}

/**
 * What mapped locks need of the operating system, through whatever way the runtime has to call it:
 * one file per runtime implements this, and nothing else in the package calls a runtime's API for it.
 * Linux only. A failing call throws what the runtime throws, with the system's `code` (`ENOSPC`).
 */
export interface MappedPlatform {
  readonly architecture: "x64" | "arm64";
  readonly pageBytes: number;
  /** The user whose files are trusted. */
  readonly userId: number;
  readonly processId: number;
  /** The operating system's id of the calling thread, as lock words carry it. */
  readonly threadId: number;
  /** True while the thread of this process has not ended. */
  isThreadAlive(threadId: number): boolean;
  /** True if the runtime calls Atomics as functions, so that WebAssembly's are cheaper. */
  readonly atomicsAreCalls: boolean;

  /** Opens a regular file for reading and writing, following no link. */
  openFile(path: string): number;
  /**
   * Makes a file of mode 0600, lets `fill` write it, and only then gives it its name, in one step:
   * whoever finds the name finds the whole file. `undefined` if the name is taken; else the open file.
   */
  createFile(path: string, fill: (file: number) => void): number | undefined;
  closeFile(file: number): void;
  unlink(path: string): void;
  statusOf(file: number): FileStatus;
  /** `undefined` if there is nothing at the path. */
  statusAt(path: string): FileStatus | undefined;
  /** Reads from the file's start; the bytes that there were. */
  read(file: number, bytes: number): Uint8Array;
  write(file: number, bytes: Uint8Array, position: number): void;
  /** True if the file lies in memory only. */
  isOnTmpfs(file: number): boolean;
  /** The same of a directory, which must exist. */
  isTmpfs(directory: string): boolean;
  /** flock(2), without waiting: false if somebody else's lock is in the way. */
  lockFile(file: number, mode: "shared" | "exclusive" | "none"): boolean;

  /** Private, zeroed pages. */
  reserve(bytes: number): Address;
  /** Maps the file's start over pages that were reserved. */
  mapFile(address: Address, file: number, bytes: number): void;
  unmap(address: Address, bytes: number): void;
  /** Puts private, zeroed pages in the place of what is mapped there. */
  mapPrivate(address: Address, bytes: number): void;
  /** Where the buffer's memory begins. It must not move, as no WebAssembly memory does. */
  addressOf(buffer: ArrayBuffer): Address;
  /** The memory as a buffer; reading it after `unmap` would end the process, so detach it before. */
  bufferAt(address: Address, bytes: number): ArrayBuffer;

  /** Sleeps while the word holds `expected`, at most `timeoutMs`. True if a wake-up ended it. */
  wait(address: Address, expected: number, timeoutMs: number): boolean;
  /** Wakes at most `count` sleepers and says how many. */
  wake(address: Address, count: number): number;
  /** Clears the bit of this number in the word and wakes all sleepers: nobody falls asleep in between. */
  clearAndWakeAll(address: Address, bit: number): void;
  /**
   * Sleeps while each of the words holds what is expected of it: `waiters` is the address of `count`
   * (at most 128) structures as `futex_waitv` takes them. Returns the number of one that was woken, -1 if none was.
   */
  waitAny(waiters: Address, count: number, timeoutMs: number): number;

  /** The calling thread's robust list, as the kernel knows it. */
  robustList(): { readonly head: Address; readonly bytes: number };
  setRobustList(head: Address, bytes: number): void;
}
