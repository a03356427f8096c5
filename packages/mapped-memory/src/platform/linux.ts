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
  readonly clockMonotonic: number;
} = {
  x64: {
    futex: 202n,
    futexWaitAny: 449n,
    setRobustList: 273n,
    getRobustList: 274n,
    gettid: 186n,
    tgkill: 234n,
  },
  arm64: {
    futex: 98n,
    futexWaitAny: 449n,
    setRobustList: 99n,
    getRobustList: 100n,
    gettid: 178n,
    tgkill: 131n,
  },
  // Not the private variants: the words are shared between processes.
  futexWait: 0,
  futexWake: 1,
  futexWakeOperation: 5,
  clockMonotonic: 1,
};

export interface SyscallNumbers {
  readonly futex: bigint;
  /** futex_waitv, Linux 5.16 or newer. */
  readonly futexWaitAny: bigint;
  readonly setRobustList: bigint;
  readonly getRobustList: bigint;
  readonly gettid: bigint;
  /** Sends a signal, or none, to a thread. */
  readonly tgkill: bigint;
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

/**
 * What statx is asked for and where it answers: the same on every architecture, unlike stat. Bytes
 * from the start of `struct statx` of <linux/stat.h>.
 */
export const STATX = {
  basicStats: 0x7ff,
  atEmptyPath: 0x1000,
  atSymlinkNoFollow: 0x100,
  bytes: 256,
  linksAt: 16,
  userAt: 20,
  modeAt: 28,
  inodeAt: 32,
  sizeAt: 40,
  blocksAt: 48,
  deviceMajorAt: 136,
  deviceMinorAt: 140,
} as const;

/** The kind of a file in its mode: S_IFMT and its values. */
export const FILE_KIND = {
  mask: 0o170000,
  file: 0o100000,
  directory: 0o040000,
  link: 0o120000,
} as const;

/** `struct linux_dirent64` of getdents64: the length of an entry, and where its name starts. */
export const DIRECTORY_ENTRY = { lengthAt: 16, nameAt: 19 } as const;

/** statfs's f_type of tmpfs. */
export const TMPFS_MAGIC = 0x0102_1994n;

/** Paths that are not absolute start in the current directory. */
export const AT_FDCWD = -100;

/** A file that programs started by this one do not inherit. */
export const O_CLOEXEC = 0o2000000;

/** Constants of the file calls; O_TMPFILE contains O_DIRECTORY, whose bit differs. */
export function constantsOf(architecture: "x64" | "arm64"): {
  readonly AT_SYMLINK_FOLLOW: number;
  readonly O_TMPFILE: number;
} {
  const directory = architecture === "x64" ? 0o200000 : 0o040000;
  return { AT_SYMLINK_FOLLOW: 0x400, O_TMPFILE: 0o20000000 | directory };
}

/**
 * The operation of FUTEX_WAKE_OP that clears a bit, as <linux/futex.h> packs it: FUTEX_OP_ANDN with
 * FUTEX_OP_OPARG_SHIFT, and a comparison with -1, which a lock word never is, for the second wake-up
 * that is not wanted.
 */
export function clearBit(bit: number): number {
  return ((3 | 8) << 28) | (bit << 12) | 0xfff;
}
