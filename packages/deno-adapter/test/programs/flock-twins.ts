import { type Deno, denoGlobal, type FsFile } from "../../src/deno-types.ts";
import { FlockFiles } from "../../src/flock/flock-files.ts";
import { FlockMutex, openFlockMutex } from "../../src/index.ts";

/** Bytes of one copy of the state, and where in it the flags are. */
const COPY_BYTES = 64;
const FLAGS_AT = 32;

type Twin = (file: FsFile) => Partial<FsFile>;

const twins: Readonly<Record<string, Twin>> = {
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

/** Opens the lock, or a twin of it that has one mistake. */
export function openTwin(path: string, twin: string): FlockMutex {
  if (twin === "") return openFlockMutex(path);
  const change = twins[twin];
  if (change === undefined) throw new Error(`no twin is called ${twin}`);
  const real = denoGlobal()!;
  const deno: Deno = Object.create(real, {
    openSync: {
      value: (file: string, options: object) => {
        const opened = real.openSync(file, options);
        return file.endsWith("/lock") ? withChange(opened, change(opened)) : opened;
      },
    },
  }) as Deno;
  const handle = { module: "twin", kind: "flock", version: 1, data: null };
  const files = FlockFiles.make(real, path);
  const reopened = Object.assign(Object.create(files) as FlockFiles, {
    openFile: (name: string) =>
      name.endsWith("/lock") ? deno.openSync(name, { read: true, write: true }) : files.openFile(name), // prettier-ignore
    checkInPlace: (identity: string) => files.checkInPlace(identity),
  });
  return new FlockMutex(handle, { deno: real, files: reopened, tokensAbove: 0, maxWaiters: 0 });
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
