import { startBroker } from "./local-client.ts";

startBroker();

export { adapter } from "./adapter.ts";
export type { BrokerChannel, ChannelListener } from "./broker-channel.ts";
export { BrokerClient, type BrokerClientLimits } from "./broker-client.ts";
export { clusterLauncher } from "./cluster-launcher.ts";
export { IpcGuard } from "./ipc-guard.ts";
export { IPC_KIND, ipcLocks, type IpcLocks } from "./ipc-locks.ts";
export { IpcMutex, ipcGuarantees } from "./ipc-mutex.ts";
export { type BrokerConnection, type BrokerPeer, LockBroker } from "./lock-broker.ts";
export { createMutex, type MutexOptions, openMutex } from "./mutex.ts";
export type { BrokerReply, BrokerRequest } from "./protocol.ts";
