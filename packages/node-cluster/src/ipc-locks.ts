import {
  checkHandle, checkInteger, type Handle, type LockGuarantees, type LockOptions, type LockProvider, TicketlockError,
} from "@ticketlock/core"; // prettier-ignore
import { MAX_TOKENS_ABOVE, MAX_WAITERS } from "./broker-limits.ts";
import { IpcMutex, ipcGuarantees } from "./ipc-mutex.ts";
import { localClient } from "./local-client.ts";
import { isLockKey } from "./lock-name.ts";

export const MODULE = "@ticketlock/node-cluster";
export const IPC_KIND = "ipc";
const VERSION = 1;

const kinds: ReadonlyMap<string, LockGuarantees> = new Map([[IPC_KIND, ipcGuarantees]]);

/** What a handle of kind `ipc` carries: the lock's key, and whose broker knows it. */
interface IpcData {
  readonly key: string;
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
    return makeHandle(await localClient().create(tokensAbove, waiters));
  },
  async open(handle: Handle): Promise<IpcMutex> {
    const checked = checkHandle(handle, { module: MODULE, kinds: kinds.keys(), version: VERSION });
    const { key, primary } = parseData(checked.data);
    const client = localClient();
    if (primary !== client.brokerProcessId) {
      throw new TicketlockError(
        "LOCK_UNSUPPORTED",
        `Cannot open the lock here: the primary of another cluster (process ${primary}) keeps it, and this process belongs to that of process ${client.brokerProcessId}. Open it in workers of its own cluster only.`,
      );
    }
    return new IpcMutex(makeHandle(key), client, await client.open(key));
  },
};

/** @throws {TicketlockError} `LOCK_UNSUPPORTED` naming the kinds that there are. */
export function checkKind(kind: string): void {
  if (kinds.has(kind)) return;
  throw new TicketlockError(
    "LOCK_UNSUPPORTED",
    `Cannot make a mutex of kind ${kind}: ${MODULE} offers ${[...kinds.keys()].join(", ")}.`,
  );
}

/** The handle of the lock that this process's broker knows by `key`. */
export function makeHandle(key: string): Handle {
  const data: IpcData = { key, primary: localClient().brokerProcessId };
  return { module: MODULE, kind: IPC_KIND, version: VERSION, data };
}

function parseData(data: unknown): IpcData {
  if (typeof data === "object" && data !== null) {
    const { key, primary } = data as Record<string, unknown>;
    if (isLockKey(key) && typeof primary === "number") return { key, primary };
  }
  throw new TicketlockError(
    "HANDLE_INVALID",
    "Cannot open the lock's handle: its data is malformed. Pass the `handle` property of a mutex, unchanged.",
  );
}
