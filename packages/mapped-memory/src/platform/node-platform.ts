import type { Address, FileStatus, MappedPlatform } from "./mapped-platform.ts";
import { clearBit, constantsOf, FLOCK, MAPPING, SYSCALLS, TMPFS_MAGIC } from "./linux.ts";
// Types only, and so erased: Node 22 and 24 have no such module.
import type * as ffiModule from "node:ffi";
import * as fs from "node:fs";
import { dirname } from "node:path";

type Ffi = typeof ffiModule;

/** `struct timespec`, `struct statfs` and two words of a robust list fit into it. */
const SCRATCH_BYTES = 256;
const NS_PER_MS = 1_000_000;
const MAP_FAILED = 0xffff_ffff_ffff_ffffn;

/** Loads node:ffi where there is one: Node 26.1 or newer, not switched off, and permitted. */
function loadFfi(): Ffi {
  // Not imported: Node 22 and 24, which lack it, must be able to load this module.
  const ffi = process.getBuiltinModule?.("node:ffi") as Ffi | undefined;
  if (ffi === undefined)
    throw new Error(
      "this Node has no node:ffi (it comes with Node 26.1, unless --no-experimental-ffi turns it off)",
    );
  return ffi;
}

/** libc, from the process's own image: whatever libc it is. */
function openLibc(ffi: Ffi) {
  const { functions } = ffi.dlopen(null, {
    mmap: { arguments: ["pointer", "u64", "i32", "i32", "i32", "i64"], return: "pointer" },
    munmap: { arguments: ["pointer", "u64"], return: "i32" },
    getpagesize: { arguments: [], return: "i32" },
    flock: { arguments: ["i32", "i32"], return: "i32" },
    fchmod: { arguments: ["i32", "u32"], return: "i32" },
    fstatfs: { arguments: ["i32", "pointer"], return: "i32" },
    linkat: { arguments: ["i32", "string", "i32", "string", "i32"], return: "i32" },
    // In the shape of futex(2), the only call that has to be quick.
    syscall: {
      arguments: ["i64", "pointer", "i32", "i32", "pointer", "pointer", "i32"],
      return: "i64",
    },
  });
  return functions;
}

/** The same function for calls whose arguments are all as wide as a register. */
function openWideSyscall(ffi: Ffi) {
  const { functions } = ffi.dlopen(null, {
    syscall: { arguments: ["i64", "u64", "u64", "u64", "u64", "u64", "u64"], return: "i64" },
  });
  return functions.syscall;
}

/** Node on Linux, through node:ffi. */
export class NodePlatform implements MappedPlatform {
  readonly architecture: "x64" | "arm64";
  readonly pageBytes: number;
  readonly processId: number = process.pid;
  readonly threadId: number;
  readonly atomicsAreCalls = true;
  readonly #ffi: Ffi;
  readonly #libc: ReturnType<typeof openLibc>;
  readonly #wideSyscall: ReturnType<typeof openWideSyscall>;
  readonly #numbers: (typeof SYSCALLS)["x64"];
  readonly #constants: ReturnType<typeof constantsOf>;
  readonly #scratchAddress: Address;
  readonly #scratch: BigInt64Array;

  /** @throws {Error} whose message is a reason why mapped locks cannot be had here. */
  constructor() {
    const { arch } = process;
    if (arch !== "x64" && arch !== "arm64")
      throw new Error(`processor architecture ${arch} is not supported`);
    this.architecture = arch;
    this.#numbers = SYSCALLS[arch];
    this.#constants = constantsOf(arch);
    this.#ffi = loadFfi();
    this.#libc = openLibc(this.#ffi);
    this.#wideSyscall = openWideSyscall(this.#ffi);
    this.pageBytes = this.#libc.getpagesize();
    this.threadId = Number(this.#wide(this.#numbers.gettid));
    this.#scratchAddress = this.reserve(this.pageBytes);
    this.#scratch = new BigInt64Array(this.bufferAt(this.#scratchAddress, SCRATCH_BYTES));
  }

  /** Asked for each time: a process may give up root's rights after its first lock. */
  get userId(): number {
    return process.geteuid!();
  }

  openFile(path: string): number {
    const { O_RDWR, O_NOFOLLOW, O_NONBLOCK } = fs.constants;
    return fs.openSync(path, O_RDWR | O_NOFOLLOW | O_NONBLOCK);
  }

  createFile(path: string, fill: (file: number) => void): number | undefined {
    const { AT_FDCWD, AT_SYMLINK_FOLLOW, O_TMPFILE } = this.#constants;
    const file = fs.openSync(dirname(path), fs.constants.O_RDWR | O_TMPFILE, 0o600);
    try {
      this.#libc.fchmod(file, 0o600); // whatever the umask took away; by libc, since the permission model shuts off Node's own
      fill(file);
      const self = `/proc/self/fd/${file}`;
      if (this.#libc.linkat(AT_FDCWD, self, AT_FDCWD, path, AT_SYMLINK_FOLLOW) === 0) return file;
      if (this.#linkStatus(path) === undefined)
        throw new Error(`the system would not name a new file ${path}`);
    } catch (error) {
      fs.closeSync(file);
      throw error;
    }
    fs.closeSync(file);
    return undefined;
  }

  closeFile(file: number): void {
    fs.closeSync(file);
  }

  unlink(path: string): void {
    fs.unlinkSync(path);
  }

  statusOf(file: number): FileStatus {
    return statusFrom(fs.fstatSync(file));
  }

  statusAt(path: string): FileStatus | undefined {
    const stats = this.#linkStatus(path);
    return stats === undefined ? undefined : statusFrom(stats);
  }

  #linkStatus(path: string): fs.Stats | undefined {
    return fs.lstatSync(path, { throwIfNoEntry: false });
  }

  read(file: number, bytes: number): Uint8Array {
    const buffer = new Uint8Array(bytes);
    let length = 0;
    for (;;) {
      const count = fs.readSync(file, buffer, length, bytes - length, length);
      length += count;
      if (count === 0 || length === bytes) return buffer.subarray(0, length);
    }
  }

  write(file: number, bytes: Uint8Array, position: number): void {
    for (let written = 0; written < bytes.length;)
      written += fs.writeSync(file, bytes, written, bytes.length - written, position + written);
  }

  isOnTmpfs(file: number): boolean {
    if (this.#libc.fstatfs(file, this.#scratchAddress) !== 0) return false;
    return this.#scratch[0] === TMPFS_MAGIC; // f_type comes first
  }

  lockFile(file: number, mode: "shared" | "exclusive" | "none"): boolean {
    return this.#libc.flock(file, FLOCK[mode]) === 0;
  }

  reserve(bytes: number): Address {
    return this.#mapped(
      this.#libc.mmap(0n, BigInt(bytes), MAPPING.readWrite, MAPPING.privateAnonymous, -1, 0n),
    );
  }

  mapFile(address: Address, file: number, bytes: number): void {
    this.#mapped(
      this.#libc.mmap(address, BigInt(bytes), MAPPING.readWrite, MAPPING.sharedFixed, file, 0n),
    );
  }

  mapPrivate(address: Address, bytes: number): void {
    this.#mapped(
      this.#libc.mmap(address, BigInt(bytes), MAPPING.readWrite, MAPPING.privateFixed, -1, 0n),
    );
  }

  addressOf(buffer: ArrayBuffer): Address {
    return this.#ffi.getRawPointer(buffer);
  }

  #mapped(address: Address): Address {
    if (address === MAP_FAILED)
      throw new Error("the system would not map memory: there is too little of it");
    return address;
  }

  unmap(address: Address, bytes: number): void {
    this.#libc.munmap(address, BigInt(bytes));
  }

  bufferAt(address: Address, bytes: number): ArrayBuffer {
    return this.#ffi.toArrayBuffer(address, bytes, false);
  }

  wait(address: Address, expected: number, timeoutMs: number): boolean {
    const { futex } = this.#numbers;
    const limit = timeoutMs === Infinity ? 0n : this.#timespec(timeoutMs);
    return this.#libc.syscall(futex, address, SYSCALLS.futexWait, expected, limit, 0n, 0) === 0n;
  }

  wake(address: Address, count: number): number {
    const { futex } = this.#numbers;
    return Number(this.#libc.syscall(futex, address, SYSCALLS.futexWake, count, 0n, 0n, 0));
  }

  clearAndWakeAll(address: Address, bit: number): void {
    const { futex } = this.#numbers;
    const all = 2 ** 31 - 1;
    this.#libc.syscall(
      futex,
      address,
      SYSCALLS.futexWakeOperation,
      all,
      0n,
      address,
      clearBit(bit),
    );
  }

  waitAny(waiters: Address, count: number, timeoutMs: number): number {
    // futex_waitv's limit is a point in time, by the monotonic clock: that of process.hrtime.
    const end = process.hrtime.bigint() + BigInt(Math.ceil(timeoutMs * NS_PER_MS));
    this.#scratch[0] = end / 1_000_000_000n;
    this.#scratch[1] = end % 1_000_000_000n;
    const woken = this.#wide(
      this.#numbers.futexWaitAny,
      waiters,
      BigInt(count),
      0n,
      this.#scratchAddress,
      SYSCALLS.clockMonotonic,
    );
    return Number(woken);
  }

  #timespec(timeoutMs: number): Address {
    const ns = Math.ceil(timeoutMs * NS_PER_MS);
    this.#scratch[0] = BigInt(Math.floor(ns / 1e9));
    this.#scratch[1] = BigInt(ns % 1e9);
    return this.#scratchAddress;
  }

  robustList(): { readonly head: Address; readonly bytes: number } {
    this.#scratch.fill(0n, 0, 2);
    const length = this.#scratchAddress + 8n;
    if (this.#wide(this.#numbers.getRobustList, 0n, this.#scratchAddress, length) !== 0n)
      throw new Error("the kernel does not tell this thread's robust list");
    return { head: BigInt.asUintN(64, this.#scratch[0]!), bytes: Number(this.#scratch[1]) };
  }

  setRobustList(head: Address, bytes: number): void {
    if (this.#wide(this.#numbers.setRobustList, head, BigInt(bytes)) !== 0n)
      throw new Error("the kernel does not take a robust list");
  }

  #wide(number: bigint, a = 0n, b = 0n, c = 0n, d = 0n, e = 0n): bigint {
    return this.#wideSyscall(number, a, b, c, d, e, 0n);
  }
}

function statusFrom(stats: fs.Stats): FileStatus {
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
