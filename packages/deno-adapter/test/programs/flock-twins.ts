import { type Deno, denoGlobal, type FsFile } from "../../src/deno-types.ts";
import { FlockFiles } from "../../src/flock/flock-files.ts";
import type { FlockParts } from "../../src/flock/flock-mutex.ts";
import { FlockMutex, openFlockMutex } from "../../src/index.ts";

/** Bytes of one copy of the state, and where in it the flags are. */
const COPY_BYTES = 64;
const FLAGS_AT = 32;

const HANDLE = { module: "twin", kind: "flock", version: 1, data: null };

/** What the lock's own file does otherwise. */
type Change = (file: FsFile) => Partial<FsFile>;

const changes: Readonly<Record<string, Change>> = {
  /** Locks so that others can as well. */
  shared: (file) => ({ tryLockSync: () => file.tryLockSync(false) }),
  /** Gives out tokens that are written nowhere. */
  "token-not-written": (file) => ({
    writeSync: (bytes) => (bytes.length === COPY_BYTES ? bytes.length : file.writeSync(bytes)),
  }),
  /** Never says that a hold is done. */
  "mark-not-cleared": (file) => ({
    writeSync: (bytes) =>
      bytes.length === COPY_BYTES && (bytes[FLAGS_AT]! & 1) === 0
        ? bytes.length
        : file.writeSync(bytes),
  }),
  /** Never says that a hold has begun. */
  "mark-not-set": (file) => ({
    writeSync: (bytes) => {
      if (bytes.length === COPY_BYTES && (bytes[FLAGS_AT]! & 1) === 1) return bytes.length;
      return file.writeSync(bytes);
    },
  }),
};

/** Waiters sleep until the bell rings. */
const neverLooks: Partial<FlockParts> = { pauses: { firstMs: 600_000, longestMs: 600_000 } };

const others: Readonly<Record<string, (deno: Deno) => Partial<FlockParts>>> = {
  /** Nothing is wrong with it. */
  "never-looks": () => neverLooks,
  /** Lets go of the lock and tells nobody. */
  "never-rings": (deno) => ({ ...neverLooks, deno: withValue(deno, "utimeSync", () => {}) }),
};

/** Opens the lock, or a twin of it that has one mistake. */
export function openTwin(path: string, twin: string): FlockMutex {
  if (twin === "") return openFlockMutex(path);
  const real = denoGlobal()!;
  const files = FlockFiles.make(real, path);
  const parts: FlockParts = { deno: real, files, tokensAbove: 0, maxWaiters: 0 };
  const other = others[twin];
  if (other !== undefined) return new FlockMutex(HANDLE, { ...parts, ...other(real) });
  const change = changes[twin];
  if (change === undefined) throw new Error(`no twin is called ${twin}`);
  const deno = withValue(real, "openSync", (file: string, options: object) => {
    const opened = real.openSync(file, options);
    return file.endsWith("/lock") ? withChange(opened, change(opened)) : opened;
  });
  const reopened = Object.assign(Object.create(files) as FlockFiles, {
    openFile: (name: string) =>
      name.endsWith("/lock") ? deno.openSync(name, { read: true, write: true }) : files.openFile(name), // prettier-ignore
    checkInPlace: (identity: string) => files.checkInPlace(identity),
  });
  return new FlockMutex(HANDLE, { ...parts, files: reopened });
}

/** Deno but for one member. */
function withValue(deno: Deno, name: keyof Deno, value: unknown): Deno {
  return Object.create(deno, { [name]: { value } }) as Deno;
}

function withChange(file: FsFile, change: Partial<FsFile>): FsFile {
  return {
    readSync: (into) => file.readSync(into),
    writeSync: (bytes) => file.writeSync(bytes),
    seekSync: (offset, whence) => file.seekSync(offset, whence),
    statSync: () => file.statSync(),
    syncSync: () => file.syncSync(),
    tryLockSync: (exclusive) => file.tryLockSync(exclusive),
    unlockSync: () => file.unlockSync(),
    close: () => file.close(),
    ...change,
  };
}
