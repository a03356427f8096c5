/** What a file is, as node:fs says it. */
export interface FileStats {
  readonly dev: number;
  readonly ino: number;
  readonly nlink: number;
  readonly uid: number;
  readonly mode: number;
  readonly size: number;
  readonly blocks: number;
  isFile(): boolean;
  isDirectory(): boolean;
  isSymbolicLink(): boolean;
}

/** The calls of node:fs and node:process that this package makes, so that Deno can be given others by the same names. */
export interface SystemCalls {
  openSync(path: string, flags: number, mode?: number): number;
  closeSync(file: number): void;
  readSync(file: number, into: Uint8Array, at: number, bytes: number, position: number): number;
  writeSync(file: number, from: Uint8Array, at: number, bytes: number, position: number): number;
  fsyncSync(file: number): void;
  fchmodSync(file: number, mode: number): void;
  fstatSync(file: number): FileStats;
  lstatSync(path: string, options: { readonly throwIfNoEntry: false }): FileStats | undefined;
  statSync(path: string): FileStats;
  /** The inode at the path, a link's own; `undefined` if there is nothing. As a number it might not be exact. */
  inodeAt(path: string): bigint | undefined;
  mkdirSync(path: string, options: { readonly mode: number }): void;
  chmodSync(path: string, mode: number): void;
  linkSync(existing: string, path: string): void;
  renameSync(from: string, to: string): void;
  unlinkSync(path: string): void;
  readdirSync(directory: string): string[];
  readlinkSync(path: string): string;
  realpathSync(path: string): string;
  /** `undefined` where users have no numbers. */
  getuid(): number | undefined;
  /** Throws if there is no such process (`ESRCH`), or if it is somebody else's (`EPERM`). */
  kill(processId: number, signal: 0): void;
}
