import { Bench } from "tinybench";
import type { WindowRecord } from "./block.ts";

/**
 * Lets tinybench run windows, one iteration each, and keeps them in their order in time. The sample
 * is the time per operation, not the window's, and the window's whole length counts for the budget.
 */
export async function runWindows(
  name: string,
  windows: number,
  window: () => Promise<WindowRecord>,
  signal: AbortSignal,
): Promise<{ records: WindowRecord[]; meanNs: number }> {
  const records: WindowRecord[] = [];
  const bench = new Bench({ iterations: windows, time: 0, warmup: false, throws: true, signal });
  bench.add(
    name,
    async () => {
      const record = await window();
      records.push(record);
      return {
        overriddenDuration: record.nsPerOperation / 1e6,
        overriddenIterationCost: record.wallNs / 1e6,
      };
    },
    { async: true },
  );
  const [task] = await bench.run();
  signal.throwIfAborted();
  const result = task?.result;
  if (result?.state !== "completed")
    throw new Error(`Cannot measure ${name}: its windows ended ${result?.state ?? "nowhere"}.`);
  return { records, meanNs: result.latency.mean * 1e6 };
}
