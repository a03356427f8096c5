import {
  closeSync,
  constants,
  fstatSync,
  fsyncSync,
  linkSync,
  openSync,
  readSync,
  renameSync,
  unlinkSync,
  writeSync,
} from "node:fs";

/** What is known of an open file. */
export interface FileFacts {
  readonly size: number;
  readonly isFile: boolean;
  /** Permission bits; undefined where the platform has none. */
  readonly mode: number | undefined;
  /** Numeric owner; undefined where the platform has none. */
  readonly owner: number | undefined;
}

/**
 * The steps of which a durable file is made, one system call each. Production code uses
 * `nodeFileSystem`; a test puts in its place one that drops, tears or fails each step. Every step
 * throws as node:fs does, with the operating system's `code`.
 */
export interface FileSystem {
  /** `read` opens what exists; `create` makes a file for this user alone, and fails with EEXIST. Neither follows a symbolic link. */
  open(path: string, purpose: "read" | "create"): number;
  /** How many bytes were read; 0 at the end. */
  read(descriptor: number, into: Uint8Array, position: number): number;
  /** How many bytes were written; may be fewer than asked for. */
  write(descriptor: number, bytes: Uint8Array, position: number): number;
  facts(descriptor: number): FileFacts;
  /** Settles the file's content on the disk. */
  fsync(descriptor: number): void;
  close(descriptor: number): void;
  rename(from: string, to: string): void;
  /** Gives the file a second name; fails with EEXIST. */
  link(existing: string, name: string): void;
  unlink(path: string): void;
  /** Settles the names in a directory on the disk. */
  fsyncDirectory(directory: string): void;
}

/** Windows has neither flag. A FIFO in the file's place must not block the thread that opens it. */
const NO_FOLLOW = constants.O_NOFOLLOW ?? 0;
const NON_BLOCKING = constants.O_NONBLOCK ?? 0;
const flags = {
  read: constants.O_RDONLY | NO_FOLLOW | NON_BLOCKING,
  create: constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | NO_FOLLOW,
} as const;

/** The real file system. On macOS `fsync` empties the drive's cache as well, as libuv does it with F_FULLFSYNC. */
export const nodeFileSystem: FileSystem = {
  open: (path, purpose) => openSync(path, flags[purpose], 0o600),
  read: (descriptor, into, position) => readSync(descriptor, into, 0, into.length, position),
  write: (descriptor, bytes, position) => writeSync(descriptor, bytes, 0, bytes.length, position),
  facts(descriptor) {
    const stat = fstatSync(descriptor);
    const unix = process.platform !== "win32";
    return {
      size: stat.size,
      isFile: stat.isFile(),
      mode: unix ? stat.mode & 0o777 : undefined,
      owner: unix ? stat.uid : undefined,
    };
  },
  fsync: fsyncSync,
  close: closeSync,
  rename: renameSync,
  link: linkSync,
  unlink: unlinkSync,
  fsyncDirectory(directory) {
    const descriptor = openSync(directory, constants.O_RDONLY);
    try {
      fsyncSync(descriptor);
    } finally {
      closeSync(descriptor);
    }
  },
};
