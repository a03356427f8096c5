/**
 * The members of `globalThis.Deno` that this package uses, declared by hand: it is checked without
 * Deno's own types, and its modules load in other runtimes, where they refuse to work.
 */
export interface Deno {
  readonly pid: number;
  readonly build: { readonly os: string };
  readonly permissions: { querySync(asked: Permission): { readonly state: string } };
  readonly env: { get(name: string): string | undefined };
  /** Absent without `--unstable-kv`. */
  readonly openKv?: (path: string) => Promise<Kv>;
  uid(): number | null;
  openSync(path: string, options: OpenOptions): FsFile;
  lstatSync(path: string): FileInfo;
  readDirSync(path: string): Iterable<{ readonly name: string }>;
  mkdirSync(path: string, options: { readonly mode: number }): void;
  makeTempDirSync(options: { readonly dir?: string; readonly prefix: string }): string;
  linkSync(from: string, to: string): void;
  renameSync(from: string, to: string): void;
  removeSync(path: string, options?: { readonly recursive?: boolean }): void;
  realPathSync(path: string): string;
  utimeSync(path: string, accessed: Date, modified: Date): void;
  watchFs(path: string): FsWatcher;
}

export interface Permission {
  readonly name: "read" | "write" | "sys" | "env" | "ffi" | "all";
  readonly path?: string;
  readonly kind?: string;
  readonly variable?: string;
}

export interface OpenOptions {
  readonly read?: boolean;
  readonly write?: boolean;
  readonly createNew?: boolean;
  readonly mode?: number;
}

/** What is known of a file; the last four are null where the system has no such thing. */
export interface FileInfo {
  readonly isFile: boolean;
  readonly isDirectory: boolean;
  readonly isSymlink: boolean;
  readonly size: number;
  readonly mtime: Date | null;
  readonly dev: number;
  readonly ino: number | null;
  readonly mode: number | null;
  readonly uid: number | null;
}

export interface FsFile {
  readSync(into: Uint8Array): number | null;
  writeSync(bytes: Uint8Array): number;
  /** `whence` 0: from the start. */
  seekSync(offset: number, whence: 0): number;
  statSync(): FileInfo;
  syncSync(): void;
  tryLockSync(exclusive: boolean): boolean;
  unlockSync(): void;
  close(): void;
}

export interface FsWatcher extends AsyncIterable<unknown> {
  close(): void;
}

export type KvKey = readonly (string | number)[];

/** What stands under a key. Both are null where nothing does. */
export interface KvEntry {
  readonly key: KvKey;
  readonly value: unknown;
  readonly versionstamp: string | null;
}

export interface KvAtomic {
  check(entry: { readonly key: KvKey; readonly versionstamp: string | null }): KvAtomic;
  set(key: KvKey, value: unknown): KvAtomic;
  commit(): Promise<{ readonly ok: boolean }>;
}

export interface Kv {
  get(key: KvKey): Promise<KvEntry>;
  /** At most 10 keys. */
  getMany(keys: readonly KvKey[]): Promise<readonly KvEntry[]>;
  /** From `start` up to, but without, `end`. */
  list(
    range: { readonly start: KvKey; readonly end: KvKey },
    options: { readonly batchSize: number },
  ): AsyncIterable<KvEntry>;
  atomic(): KvAtomic;
  close(): void;
}

/** `undefined` in other runtimes. */
export function denoGlobal(): Deno | undefined {
  return (globalThis as { readonly Deno?: Deno }).Deno;
}

/** True if Deno may do so without asking anybody. */
export function isGranted(deno: Deno, permission: Permission): boolean {
  return deno.permissions.querySync(permission).state === "granted";
}
