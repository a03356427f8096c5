import {
  checkHandle,
  type Handle,
  type LockGuarantees,
  type LockOptions,
  type LockProvider,
  TicketlockError,
} from "@ticketlock/core";
import { randomUUID } from "node:crypto";
import { isAbsolute, join, resolve } from "node:path";
import {
  HANDLE_VERSION,
  KIND,
  type MappedLockData,
  MappedMutex,
  mappedGuarantees,
  MODULE,
} from "./mapped-mutex.ts";
import { mappedSupport } from "./platform/current-platform.ts";
import { openStateDirectory } from "./state/index.ts";
import { removeUnusedFiles } from "./unused-files.ts";

const NAME = /^temporary-[0-9a-f-]{36}\.lock$/;

const kinds: ReadonlyMap<string, LockGuarantees> = new Map([[KIND, mappedGuarantees]]);

/** Options of a mapped mutex. */
export interface MappedLockOptions extends LockOptions {
  /** Its file, on a tmpfs. Default: one of its own in the state directory, which goes with its last user. */
  readonly path?: string;
  /** Where a file of its own is made: a directory on a tmpfs that is private to the user. Default: `/dev/shm/ticketlock-<uid>`. */
  readonly stateDirectory?: string;
}

/** A provider whose calls return at once. */
export interface MappedLocks extends LockProvider {
  create(kind: string, options?: MappedLockOptions): Handle;
  open(handle: Handle): MappedMutex;
}

/**
 * Locks without a path that this thread has made and nobody here has opened yet: open, so that nobody
 * takes the file for a dead process's.
 */
const made = new Map<string, MappedMutex>();
/** Openings of such locks in this thread. */
const opened = new Set<MappedMutex>();
let listens = false;

/**
 * Makes and opens locks of kind `mapped`. With a `path`, a lock that is there is used as it is, and
 * its file stays. Without one, the file is there as long as somebody has the lock open; the thread
 * that made it counts as one of them until it has opened and closed it.
 */
export const mappedLocks: MappedLocks = {
  module: MODULE,
  kinds,
  create(kind: string, options: MappedLockOptions = {}): Handle {
    if (kind !== KIND)
      throw new TicketlockError(
        "LOCK_UNSUPPORTED",
        `Cannot make a mutex of kind ${kind}: ${MODULE} offers ${KIND}.`,
      );
    const unsupported = mappedSupport();
    if (unsupported !== undefined) throw unsupported;
    return options.path === undefined ? createTemporary(options) : createAt(options.path, options);
  },
  open(handle: Handle): MappedMutex {
    const checked = checkHandle(handle, {
      module: MODULE,
      kinds: kinds.keys(),
      version: HANDLE_VERSION,
    });
    const { path, temporary } = parseData(checked.data);
    const own = made.get(path);
    made.delete(path);
    return own ?? (temporary ? keep(path) : new MappedMutex(path, {}));
  },
};

function createAt(path: string, options: LockOptions): Handle {
  if (typeof path !== "string" || path === "" || path.includes("\0"))
    throw new TypeError(`Cannot use path ${JSON.stringify(path)}: it must be the path of a file.`);
  const { tokensAbove = 0 } = options;
  const mutex = new MappedMutex(resolve(path), { create: options, tokensAbove });
  mutex.close();
  return mutex.handle;
}

function createTemporary({ stateDirectory, ...options }: MappedLockOptions): Handle {
  const directory = openStateDirectory(stateDirectory);
  removeUnusedFiles(directory, NAME);
  const path = join(directory, `temporary-${randomUUID()}.lock`);
  const mutex = keep(path, options);
  made.set(path, mutex);
  return mutex.handle;
}

/** Opens, or makes, a lock that is closed when the thread ends, so that its file goes if nobody else uses it. */
function keep(path: string, create?: LockOptions): MappedMutex {
  const onGone = (mutex: MappedMutex): void => void opened.delete(mutex);
  const mutex = new MappedMutex(path, {
    temporary: true,
    onGone,
    ...(create === undefined ? {} : { create, tokensAbove: create.tokensAbove ?? 0 }),
  });
  opened.add(mutex);
  if (!listens) process.once("exit", () => opened.forEach((one) => one.close()));
  listens = true;
  return mutex;
}

function parseData(data: unknown): MappedLockData {
  if (typeof data === "object" && data !== null) {
    const { path, temporary } = data as Record<string, unknown>;
    const isPath = typeof path === "string" && isAbsolute(path) && !path.includes("\0");
    if (isPath && typeof temporary === "boolean") return { path, temporary };
  }
  throw new TicketlockError(
    "HANDLE_INVALID",
    "Cannot open the lock's handle: its data is malformed. Pass the `handle` property of a lock, unchanged.",
  );
}
