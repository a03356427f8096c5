import { constants as fs } from "node:fs";
import { constants as os } from "node:os";
import { dirname } from "node:path";
import type { Ffi, Libc } from "./libc.ts";
import { AT_FDCWD, DIRECTORY_ENTRY, FILE_KIND, O_CLOEXEC, STATX } from "./linux.ts";
import { mapFunctions, NativeMemory } from "./native-memory.ts";
import type { FileStats, SystemCalls } from "./system-calls.ts";

/** What is read, written or listed at a time. */
const CHUNK_BYTES = 65_536;

const functions = {
  ...mapFunctions,
  errnoLocation: { symbol: "__errno_location", parameters: [], result: "u64" },
  open: { parameters: ["u64", "i32", "u32"], result: "i32" },
  close: { parameters: ["i32"], result: "i32" },
  pread: { parameters: ["i32", "u64", "u64", "i64"], result: "i64" },
  pwrite: { parameters: ["i32", "u64", "u64", "i64"], result: "i64" },
  fsync: { parameters: ["i32"], result: "i32" },
  fchmod: { parameters: ["i32", "u32"], result: "i32" },
  statx: { parameters: ["i32", "u64", "i32", "u32", "u64"], result: "i32" },
  mkdir: { parameters: ["u64", "u32"], result: "i32" },
  chmod: { parameters: ["u64", "u32"], result: "i32" },
  link: { parameters: ["u64", "u64"], result: "i32" },
  rename: { parameters: ["u64", "u64"], result: "i32" },
  unlink: { parameters: ["u64"], result: "i32" },
  readlink: { parameters: ["u64", "u64", "u64"], result: "i64" },
  realpath: { parameters: ["u64", "u64"], result: "u64" },
  getuid: { parameters: [], result: "u32" },
  kill: { parameters: ["i32", "i32"], result: "i32" },
  getdents64: { parameters: ["i32", "u64", "u64"], result: "i64" },
} as const;

/** Throws unless this process may do that to the path; `where` is the directory for which to ask the right. */
export type CheckAccess = (access: "read" | "write", path: string, where: string) => void;

/** The same calls by the C library, for a runtime that keeps its own away from where locks lie. */
export class LibcCalls implements SystemCalls {
  readonly #libc: Libc<typeof functions>;
  readonly #check: CheckAccess;
  readonly #memory: NativeMemory;
  readonly #view: DataView;
  /** This thread's errno. */
  readonly #errno: Int32Array;
  readonly #decoder = new TextDecoder();

  constructor(ffi: Ffi, check: CheckAccess) {
    this.#check = check;
    this.#libc = ffi.open(functions);
    this.#memory = new NativeMemory(ffi, this.#libc, CHUNK_BYTES);
    this.#view = new DataView(this.#memory.bytes.buffer);
    this.#errno = new Int32Array(ffi.bufferAt(this.#libc.errnoLocation(), 4));
  }

  openSync(path: string, flags: number, mode = 0): number {
    const access = flags & 3;
    const where = (flags & fs.O_DIRECTORY) === 0 ? dirname(path) : path;
    if (access !== fs.O_WRONLY) this.#check("read", path, where);
    if (access !== fs.O_RDONLY || (flags & fs.O_CREAT) !== 0) this.#check("write", path, where);
    const at = this.#memory.path(path);
    return this.#done(this.#libc.open(at, flags | O_CLOEXEC, mode), "open", path);
  }

  closeSync(file: number): void {
    this.#done(this.#libc.close(file), "close");
  }

  readSync(file: number, into: Uint8Array, at: number, bytes: number, position: number): number {
    const { address, bytes: chunk } = this.#memory;
    const limit = BigInt(Math.min(bytes, chunk.length));
    const count = this.#done(this.#libc.pread(file, address, limit, BigInt(position)), "read");
    into.set(chunk.subarray(0, count), at);
    return count;
  }

  writeSync(file: number, from: Uint8Array, at: number, bytes: number, position: number): number {
    const { address, bytes: chunk } = this.#memory;
    const part = from.subarray(at, at + Math.min(bytes, chunk.length));
    chunk.set(part);
    const count = this.#libc.pwrite(file, address, BigInt(part.length), BigInt(position));
    return this.#done(count, "write");
  }

  fsyncSync(file: number): void {
    this.#done(this.#libc.fsync(file), "fsync");
  }

  fchmodSync(file: number, mode: number): void {
    this.#done(this.#libc.fchmod(file, mode), "fchmod");
  }

  fstatSync(file: number): FileStats {
    this.#done(this.#stat(file, "", STATX.atEmptyPath), "fstat");
    return this.#stats();
  }

  lstatSync(path: string): FileStats | undefined {
    return this.#exists(path) ? this.#stats() : undefined;
  }

  inodeAt(path: string): bigint | undefined {
    return this.#exists(path) ? this.#view.getBigUint64(STATX.inodeAt, true) : undefined;
  }

  #exists(path: string): boolean {
    this.#check("read", path, dirname(path));
    const result = this.#stat(AT_FDCWD, path, STATX.atSymlinkNoFollow);
    if (result !== 0 && this.#errno[0] === os.errno.ENOENT) return false;
    this.#done(result, "lstat", path);
    return true;
  }

  /** Of the directories above the one that may be read: whose they are is asked, and no more. */
  statSync(path: string): FileStats {
    this.#done(this.#stat(AT_FDCWD, path, 0), "stat", path);
    return this.#stats();
  }

  #stat(file: number, path: string, flags: number): number {
    const { address } = this.#memory;
    return this.#libc.statx(file, this.#memory.path(path), flags, STATX.basicStats, address);
  }

  #stats(): FileStats {
    const view = this.#view;
    const word = (at: number): number => view.getUint32(at, true);
    const long = (at: number): number => Number(view.getBigUint64(at, true));
    const mode = view.getUint16(STATX.modeAt, true);
    const isKind = (kind: number) => (): boolean => (mode & FILE_KIND.mask) === kind;
    return {
      dev: word(STATX.deviceMajorAt) * 2 ** 32 + word(STATX.deviceMinorAt),
      ino: long(STATX.inodeAt),
      nlink: word(STATX.linksAt),
      uid: word(STATX.userAt),
      mode,
      size: long(STATX.sizeAt),
      blocks: long(STATX.blocksAt),
      isFile: isKind(FILE_KIND.file),
      isDirectory: isKind(FILE_KIND.directory),
      isSymbolicLink: isKind(FILE_KIND.link),
    };
  }

  mkdirSync(path: string, { mode }: { readonly mode: number }): void {
    this.#check("write", path, path);
    this.#done(this.#libc.mkdir(this.#memory.path(path), mode), "mkdir", path);
  }

  chmodSync(path: string, mode: number): void {
    this.#check("write", path, dirname(path));
    this.#done(this.#libc.chmod(this.#memory.path(path), mode), "chmod", path);
  }

  linkSync(existing: string, path: string): void {
    this.#checkBoth(existing, path);
    const [from, to] = [this.#memory.path(existing, 0), this.#memory.path(path, 1)];
    this.#done(this.#libc.link(from, to), "link", path);
  }

  renameSync(existing: string, path: string): void {
    this.#checkBoth(existing, path);
    const [from, to] = [this.#memory.path(existing, 0), this.#memory.path(path, 1)];
    this.#done(this.#libc.rename(from, to), "rename", existing);
  }

  #checkBoth(existing: string, path: string): void {
    this.#check("read", existing, dirname(existing));
    this.#check("write", existing, dirname(existing));
    this.#check("write", path, dirname(path));
  }

  unlinkSync(path: string): void {
    this.#check("write", path, dirname(path));
    this.#done(this.#libc.unlink(this.#memory.path(path)), "unlink", path);
  }

  readdirSync(directory: string): string[] {
    const file = this.openSync(directory, fs.O_RDONLY | fs.O_DIRECTORY);
    try {
      const names: string[] = [];
      const { address } = this.#memory;
      for (;;) {
        const found = this.#libc.getdents64(file, address, BigInt(CHUNK_BYTES));
        const bytes = this.#done(found, "readdir", directory);
        if (bytes === 0) return names.filter((name) => name !== "." && name !== "..");
        for (
          let at = 0;
          at < bytes;
          at += this.#view.getUint16(at + DIRECTORY_ENTRY.lengthAt, true)
        )
          names.push(this.#textAt(at + DIRECTORY_ENTRY.nameAt));
      }
    } finally {
      this.#libc.close(file);
    }
  }

  readlinkSync(path: string): string {
    this.#check("read", path, dirname(path));
    const { address, bytes } = this.#memory;
    const found = this.#libc.readlink(this.#memory.path(path), address, BigInt(bytes.length));
    return this.#decoder.decode(bytes.subarray(0, this.#done(found, "readlink", path)));
  }

  /** As statSync. */
  realpathSync(path: string): string {
    const found = this.#libc.realpath(this.#memory.path(path), this.#memory.address);
    this.#done(found === 0n ? -1 : 0, "realpath", path);
    return this.#textAt(0);
  }

  getuid(): number {
    return this.#libc.getuid();
  }

  kill(processId: number, signal: 0): void {
    this.#done(this.#libc.kill(processId, signal), "kill");
  }

  /** What stands there up to its 0. */
  #textAt(at: number): string {
    const { bytes } = this.#memory;
    return this.#decoder.decode(bytes.subarray(at, bytes.indexOf(0, at)));
  }

  /** @throws {Error} with the system's `code`, if the result says that the call has failed. */
  #done(result: number | bigint, call: string, path?: string): number {
    if (result >= 0) return Number(result);
    const number = this.#errno[0];
    const code = Object.keys(errors).find((name) => errors[name] === number) ?? `errno ${number}`;
    const where = path === undefined ? "" : ` ${path}`;
    throw Object.assign(new Error(`${code}: ${call}${where}`), { code });
  }
}

const errors: Readonly<Record<string, number>> = os.errno;
