import { dirname } from "node:path";
import { type Ffi, type Libc } from "./libc.ts";
import { AT_FDCWD, clearBit, constantsOf, FLOCK, MAPPING, SYSCALLS, TMPFS_MAGIC } from "./linux.ts";
import type { Address, FileStatus, MappedPlatform } from "./mapped-platform.ts";
import { mapFunctions, mapped, NativeMemory, reserve } from "./native-memory.ts";
import type { FileStats, SystemCalls } from "./system-calls.ts";
import { constants } from "node:fs";

/** `struct timespec`, `struct statfs` and two words of a robust list fit into it. */
const SCRATCH_BYTES = 256;
const NS_PER_MS = 1_000_000;
const NS_PER_SECOND = 1_000_000_000n;

const functions = {
  ...mapFunctions,
  munmap: { parameters: ["u64", "u64"], result: "i32" },
  getpagesize: { parameters: [], result: "i32" },
  geteuid: { parameters: [], result: "u32" },
  clock_gettime: { parameters: ["i32", "u64"], result: "i32" },
  flock: { parameters: ["i32", "i32"], result: "i32" },
  fchmod: { parameters: ["i32", "u32"], result: "i32" },
  statfs: { parameters: ["u64", "u64"], result: "i32" },
  fstatfs: { parameters: ["i32", "u64"], result: "i32" },
  linkat: { parameters: ["i32", "u64", "i32", "u64", "i32"], result: "i32" },
  // In the shape of futex(2), the only call that has to be quick.
  futex: {
    symbol: "syscall",
    parameters: ["i64", "u64", "i32", "i32", "u64", "u64", "i32"],
    result: "i64",
  },
  /** The same function for calls whose arguments are all as wide as a register. */
  syscall: { parameters: ["i64", "u64", "u64", "u64", "u64", "u64", "u64"], result: "i64" },
} as const;

/** Linux, through whatever runtime's FFI and file calls. */
export abstract class LinuxPlatform implements MappedPlatform {
  abstract readonly atomicsAreCalls: boolean;
  readonly architecture: "x64" | "arm64";
  readonly pageBytes: number;
  readonly processId: number = process.pid;
  readonly threadId: number;
  readonly #ffi: Ffi;
  readonly #calls: SystemCalls;
  readonly #libc: Libc<typeof functions>;
  readonly #numbers: (typeof SYSCALLS)["x64"];
  readonly #constants: ReturnType<typeof constantsOf>;
  readonly #scratch: NativeMemory;

  /** @throws {Error} whose message is a reason why mapped locks cannot be had here. */
  constructor(ffi: Ffi, calls: SystemCalls) {
    const { arch } = process;
    if (arch !== "x64" && arch !== "arm64")
      throw new Error(`processor architecture ${arch} is not supported`);
    this.architecture = arch;
    this.#numbers = SYSCALLS[arch];
    this.#constants = constantsOf(arch);
    this.#ffi = ffi;
    this.#calls = calls;
    this.#libc = ffi.open(functions);
    this.pageBytes = this.#libc.getpagesize();
    this.threadId = Number(this.#wide(this.#numbers.gettid));
    this.#scratch = new NativeMemory(ffi, this.#libc, SCRATCH_BYTES);
  }

  /** Asked for each time: a process may give up root's rights after its first lock. */
  get userId(): number {
    return this.#libc.geteuid();
  }

  isThreadAlive(threadId: number): boolean {
    // Signal 0 is none: only whether there is such a thread is looked at.
    return this.#wide(this.#numbers.tgkill, BigInt(this.processId), BigInt(threadId)) === 0n;
  }

  openFile(path: string): number {
    const { O_RDWR, O_NOFOLLOW, O_NONBLOCK } = constants;
    return this.#calls.openSync(path, O_RDWR | O_NOFOLLOW | O_NONBLOCK);
  }

  createFile(path: string, fill: (file: number) => void): number | undefined {
    const { AT_SYMLINK_FOLLOW, O_TMPFILE } = this.#constants;
    const file = this.#calls.openSync(dirname(path), constants.O_RDWR | O_TMPFILE, 0o600);
    try {
      this.#libc.fchmod(file, 0o600); // whatever the umask took away; by libc, since the permission model shuts off Node's own
      fill(file);
      const self = this.#scratch.path(`/proc/self/fd/${file}`, 0);
      const name = this.#scratch.path(path, 1);
      if (this.#libc.linkat(AT_FDCWD, self, AT_FDCWD, name, AT_SYMLINK_FOLLOW) === 0) return file;
      if (this.#linkStats(path) === undefined)
        throw new Error(`the system would not name a new file ${path}`);
    } catch (error) {
      this.#calls.closeSync(file);
      throw error;
    }
    this.#calls.closeSync(file);
    return undefined;
  }

  closeFile(file: number): void {
    this.#calls.closeSync(file);
  }

  unlink(path: string): void {
    this.#calls.unlinkSync(path);
  }

  statusOf(file: number): FileStatus {
    return statusFrom(this.#calls.fstatSync(file));
  }

  statusAt(path: string): FileStatus | undefined {
    const stats = this.#linkStats(path);
    return stats === undefined ? undefined : statusFrom(stats);
  }

  #linkStats(path: string): FileStats | undefined {
    return this.#calls.lstatSync(path, { throwIfNoEntry: false });
  }

  read(file: number, bytes: number): Uint8Array {
    const buffer = new Uint8Array(bytes);
    let length = 0;
    for (;;) {
      const count = this.#calls.readSync(file, buffer, length, bytes - length, length);
      length += count;
      if (count === 0 || length === bytes) return buffer.subarray(0, length);
    }
  }

  write(file: number, bytes: Uint8Array, position: number): void {
    for (let at = 0; at < bytes.length;)
      at += this.#calls.writeSync(file, bytes, at, bytes.length - at, position + at);
  }

  isOnTmpfs(file: number): boolean {
    return this.#libc.fstatfs(file, this.#scratch.address) === 0 && this.#foundTmpfs();
  }

  isTmpfs(directory: string): boolean {
    const path = this.#scratch.path(directory);
    return this.#libc.statfs(path, this.#scratch.address) === 0 && this.#foundTmpfs();
  }

  #foundTmpfs(): boolean {
    return this.#scratch.words[0] === TMPFS_MAGIC; // f_type comes first
  }

  lockFile(file: number, mode: "shared" | "exclusive" | "none"): boolean {
    return this.#libc.flock(file, FLOCK[mode]) === 0;
  }

  reserve(bytes: number): Address {
    return reserve(this.#libc, bytes);
  }

  mapFile(address: Address, file: number, bytes: number): void {
    mapped(
      this.#libc.mmap(address, BigInt(bytes), MAPPING.readWrite, MAPPING.sharedFixed, file, 0n),
    );
  }

  mapPrivate(address: Address, bytes: number): void {
    mapped(
      this.#libc.mmap(address, BigInt(bytes), MAPPING.readWrite, MAPPING.privateFixed, -1, 0n),
    );
  }

  unmap(address: Address, bytes: number): void {
    this.#libc.munmap(address, BigInt(bytes));
  }

  bufferAt(address: Address, bytes: number): ArrayBuffer {
    return this.#ffi.bufferAt(address, bytes);
  }

  addressOf(buffer: ArrayBuffer): Address {
    return this.#ffi.addressOf(buffer);
  }

  wait(address: Address, expected: number, timeoutMs: number): boolean {
    const { futex } = this.#numbers;
    const limit = timeoutMs === Infinity ? 0n : this.#timespec(timeoutMs);
    return this.#libc.futex(futex, address, SYSCALLS.futexWait, expected, limit, 0n, 0) === 0n;
  }

  wake(address: Address, count: number): number {
    const { futex } = this.#numbers;
    return Number(this.#libc.futex(futex, address, SYSCALLS.futexWake, count, 0n, 0n, 0));
  }

  clearAndWakeAll(address: Address, bit: number): void {
    const { futex } = this.#numbers;
    const all = 2 ** 31 - 1;
    this.#libc.futex(futex, address, SYSCALLS.futexWakeOperation, all, 0n, address, clearBit(bit));
  }

  waitAny(waiters: Address, count: number, timeoutMs: number): number {
    // futex_waitv's limit is a point in time. Not by process.hrtime: Deno's and Bun's starts with each thread.
    const { address, words } = this.#scratch;
    this.#libc.clock_gettime(SYSCALLS.clockMonotonic, address);
    const now = words[0]! * NS_PER_SECOND + words[1]!;
    const end = now + BigInt(Math.ceil(timeoutMs * NS_PER_MS));
    words[0] = end / NS_PER_SECOND;
    words[1] = end % NS_PER_SECOND;
    const clock = BigInt(SYSCALLS.clockMonotonic);
    const number = this.#numbers.futexWaitAny;
    return Number(this.#wide(number, waiters, BigInt(count), 0n, address, clock));
  }

  #timespec(timeoutMs: number): Address {
    const { address, words } = this.#scratch;
    const ns = Math.ceil(timeoutMs * NS_PER_MS);
    words[0] = BigInt(Math.floor(ns / 1e9));
    words[1] = BigInt(ns % 1e9);
    return address;
  }

  robustList(): { readonly head: Address; readonly bytes: number } {
    const { address, words } = this.#scratch;
    words.fill(0n, 0, 2);
    if (this.#wide(this.#numbers.getRobustList, 0n, address, address + 8n) !== 0n)
      throw new Error("the kernel does not tell this thread's robust list");
    return { head: BigInt.asUintN(64, words[0]!), bytes: Number(words[1]) };
  }

  setRobustList(head: Address, bytes: number): void {
    if (this.#wide(this.#numbers.setRobustList, head, BigInt(bytes)) !== 0n)
      throw new Error("the kernel does not take a robust list");
  }

  #wide(number: bigint, a = 0n, b = 0n, c = 0n, d = 0n, e = 0n): bigint {
    return this.#libc.syscall(number, a, b, c, d, e, 0n);
  }
}

function statusFrom(stats: FileStats): FileStatus {
  return {
    device: stats.dev,
    inode: stats.ino,
    links: stats.nlink,
    ownerId: stats.uid,
    mode: stats.mode & 0o7777,
    isFile: stats.isFile(),
    sizeBytes: stats.size,
    reservedBytes: stats.blocks * 512,
  };
}
