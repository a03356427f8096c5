/**
 * Numbers of the Linux kernel's interface that are the same for every runtime. Those of arm64 were
 * taken from the kernel's headers and have not been tried: the self-test stands between them and a lock.
 */
export const SYSCALLS: {
  readonly x64: SyscallNumbers;
  readonly arm64: SyscallNumbers;
  readonly futexWait: number;
  readonly futexWake: number;
  readonly futexWakeOperation: number;
  readonly clockMonotonic: bigint;
} = {
  x64: { futex: 202n, futexWaitAny: 449n, setRobustList: 273n, getRobustList: 274n, gettid: 186n },
  arm64: { futex: 98n, futexWaitAny: 449n, setRobustList: 99n, getRobustList: 100n, gettid: 178n },
  // Not the private variants: the words are shared between processes.
  futexWait: 0,
  futexWake: 1,
  futexWakeOperation: 5,
  clockMonotonic: 1n,
};

export interface SyscallNumbers {
  readonly futex: bigint;
  /** futex_waitv, Linux 5.16 or newer. */
  readonly futexWaitAny: bigint;
  readonly setRobustList: bigint;
  readonly getRobustList: bigint;
  readonly gettid: bigint;
}

/** Arguments of mmap: PROT_READ | PROT_WRITE; MAP_PRIVATE | MAP_ANONYMOUS, alone and with MAP_FIXED; MAP_SHARED | MAP_FIXED. */
export const MAPPING = {
  readWrite: 3,
  privateAnonymous: 0x22,
  privateFixed: 0x32,
  sharedFixed: 0x11,
} as const;

/** Operations of flock, LOCK_SH, LOCK_EX and LOCK_UN, each with LOCK_NB. */
export const FLOCK = { shared: 5, exclusive: 6, none: 12 } as const;

/** statfs's f_type of tmpfs. */
export const TMPFS_MAGIC = 0x0102_1994n;

/** Constants of the file calls; O_TMPFILE contains O_DIRECTORY, whose bit differs. */
export function constantsOf(architecture: "x64" | "arm64"): {
  readonly AT_FDCWD: number;
  readonly AT_SYMLINK_FOLLOW: number;
  readonly O_TMPFILE: number;
} {
  const directory = architecture === "x64" ? 0o200000 : 0o040000;
  return { AT_FDCWD: -100, AT_SYMLINK_FOLLOW: 0x400, O_TMPFILE: 0o20000000 | directory };
}

/**
 * The operation of FUTEX_WAKE_OP that clears a bit, as <linux/futex.h> packs it: FUTEX_OP_ANDN with
 * FUTEX_OP_OPARG_SHIFT, and a comparison with -1, which a lock word never is, for the second wake-up
 * that is not wanted.
 */
export function clearBit(bit: number): number {
  return ((3 | 8) << 28) | (bit << 12) | 0xfff;
}
