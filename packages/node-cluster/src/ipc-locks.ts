import {
  checkHandle, checkInteger, type Handle, type LockGuarantees, type LockOptions, type LockProvider, TicketlockError,
} from "@ticketlock/core"; // prettier-ignore
import { MAX_TOKENS_ABOVE, MAX_WAITERS } from "./broker-limits.ts";
import { IpcMutex, ipcGuarantees } from "./ipc-mutex.ts";
import { localClient } from "./local-client.ts";
import { IPC_KIND } from "./ipc-kind.ts";
import { isLockKey, isMadeKey } from "./lock-key.ts";
import { MODULE } from "./module.ts";

const VERSION = 2;

const kinds: ReadonlyMap<string, LockGuarantees> = new Map([[IPC_KIND, ipcGuarantees]]);

/** What a handle of kind `ipc` carries: the lock's key, and whose broker knows it. */
interface IpcData {
  readonly key: string;
  /** The state directory of a named lock; empty without a name. */
  readonly directory: string;
  readonly primary: number;
}

/** A provider whose locks are all `IpcMutex`. */
export interface IpcLocks extends LockProvider {
  create(kind: string, options?: LockOptions): Promise<Handle>;
  open(handle: Handle): Promise<IpcMutex>;
}

/** Makes and opens locks that a broker in the cluster's primary keeps. `maxContenders` bounds the waiting acquisitions. */
export const ipcLocks: IpcLocks = {
  module: MODULE,
  kinds,
  async create(kind: string, options: LockOptions = {}): Promise<Handle> {
    checkKind(kind);
    const tokensAbove = checkInteger("tokensAbove", options.tokensAbove ?? 0, 0, MAX_TOKENS_ABOVE);
    const waiters =
      options.maxContenders === undefined
        ? 0
        : checkInteger("maxContenders", options.maxContenders, 1, MAX_WAITERS);
    return makeHandle(await localClient().create(tokensAbove, waiters), "");
  },
  async open(handle: Handle): Promise<IpcMutex> {
    const checked = checkHandle(handle, { module: MODULE, kinds: kinds.keys(), version: VERSION });
    const { key, directory, primary } = parseData(checked.data);
    const client = localClient();
    if (primary !== client.brokerProcessId) {
      throw new TicketlockError(
        "LOCK_UNSUPPORTED",
        `Cannot open the lock here: the primary of another cluster (process ${primary}) keeps it, and this process belongs to that of process ${client.brokerProcessId}. Open it in workers of its own cluster only.`,
      );
    }
    return openIpc(key, directory);
  },
};

/** The lock of a name in a state directory, or, with an empty one, of a key that the broker made. */
export async function openIpc(
  key: string,
  directory: string,
  { tokensAbove = 0, maxContenders = 0 }: LockOptions = {},
): Promise<IpcMutex> {
  const client = localClient();
  const seat = await client.open(key, directory, tokensAbove, maxContenders);
  return new IpcMutex(makeHandle(key, directory), client, seat);
}

function checkKind(kind: string): void {
  if (kinds.has(kind)) return;
  throw new TicketlockError(
    "LOCK_UNSUPPORTED",
    `Cannot make a lock of kind ${kind} in the cluster's primary: the kind is ${IPC_KIND}.`,
  );
}

function makeHandle(key: string, directory: string): Handle {
  const data: IpcData = { key, directory, primary: localClient().brokerProcessId };
  return { module: MODULE, kind: IPC_KIND, version: VERSION, data };
}

function parseData(data: unknown): IpcData {
  if (typeof data === "object" && data !== null) {
    const { key, directory, primary } = data as Record<string, unknown>;
    if (
      isLockKey(key) &&
      typeof directory === "string" &&
      (directory === "") === isMadeKey(key) &&
      typeof primary === "number"
    )
      return { key, directory, primary };
  }
  throw new TicketlockError(
    "HANDLE_INVALID",
    "Cannot open the lock's handle: its data is malformed. Pass the `handle` property of a mutex, unchanged.",
  );
}
