import process from "node:process";

/** Processor time of the calling thread in milliseconds, or of its whole process where the runtime cannot tell them apart. */
export function cpuTimeMs(): number {
  // Not in the types of every Node that is supported, nor in every runtime.
  const { threadCpuUsage } = process as { threadCpuUsage?: typeof process.cpuUsage };
  const { user, system } = (threadCpuUsage ?? process.cpuUsage).call(process);
  return (user + system) / 1_000;
}

/**
 * Keeps the calling thread busy until it has had `cpuMs` of a processor, however long that takes on a
 * busy machine. Its event loop turns meanwhile.
 */
export async function burn(cpuMs: number): Promise<void> {
  const endMs = cpuTimeMs() + cpuMs;
  while (cpuTimeMs() < endMs) await new Promise((resolve) => setImmediate(resolve));
}
