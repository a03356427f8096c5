import { processLauncher } from "@ticketlock/child-processes";
import type { Adapter, StartOptions } from "@ticketlock/core";
import { currentRuntime } from "@ticketlock/harness";
import { mappedLocks } from "@ticketlock/mapped-memory";

const runtime = currentRuntime();
const sound = processLauncher({
  runtime,
  flags: () => (runtime === "deno" ? ["--allow-all"] : []),
});

/** An adapter of this runtime's processes that is sound but for what it does at each start. */
export function processesThat(name: string, url: string, leave: () => void): Adapter {
  const start = (options: StartOptions): ReturnType<typeof sound.start> => {
    leave();
    return sound.start(options);
  };
  return { name, url, launcher: { ...sound, start }, locks: [mappedLocks], stores: [] };
}
