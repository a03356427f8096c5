import { isMainThread } from "node:worker_threads";

interface Usage {
  readonly user: number;
  readonly system: number;
}

/**
 * Processor time in milliseconds that this contender has used: of its thread where the runtime can
 * tell, of its process where it has one to itself; else null.
 */
export function contenderCpuMs(): number | null {
  // Not in the types of every Node that is supported, nor in every runtime.
  const { threadCpuUsage } = process as { threadCpuUsage?: () => Usage };
  if (threadCpuUsage === undefined && !isMainThread) return null;
  const { user, system } = threadCpuUsage?.call(process) ?? process.cpuUsage();
  return (user + system) / 1_000;
}
