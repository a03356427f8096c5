import { startBroker } from "./local-client.ts";

startBroker();

export { adapter } from "./adapter.ts";
export type { BrokerChannel, ChannelListener } from "./broker-channel.ts";
export { BrokerClient, type BrokerClientLimits } from "./broker-client.ts";
export { clusterLauncher } from "./cluster-launcher.ts";
export { IpcGuard } from "./ipc-guard.ts";
export { IPC_KIND } from "./ipc-kind.ts";
export { ipcLocks, type IpcLocks } from "./ipc-locks.ts";
export { IpcMutex, ipcGuarantees } from "./ipc-mutex.ts";
export { type BrokerConnection, type BrokerPeer, LockBroker } from "./lock-broker.ts";
export type { Mutex } from "@ticketlock/mapped-memory/host";
export { createMutex, type MutexOfKind, type MutexOptions, openMutex } from "./mutex.ts";
export { type KeptName, type NameKeeper, StateNameKeeper } from "./name-keeper.ts";
export type { BrokerReply, BrokerRequest } from "./protocol.ts";
export { TriedGuard } from "@ticketlock/file-lock";
export {
  SQLITE_KIND,
  sqliteLocks,
  type SqliteLocks,
  type SqliteOptions,
} from "./sqlite/sqlite-locks.ts";
export { sqliteGuarantees, SqliteMutex } from "./sqlite/sqlite-mutex.ts";
