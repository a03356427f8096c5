import type { Contender } from "@ticketlock/core";

/** Contender 0 waits for its signal, contender 1 for nothing at all, contender 2 blocks its thread. */
export default async function hang(contender: Contender): Promise<string> {
  await contender.channel.request("hanging", contender.index);
  if (contender.index === 0) {
    await aborted(contender.signal);
    return "told";
  }
  if (contender.index === 1) return new Promise<never>(() => undefined);
  for (;;) Math.sqrt(2);
}

/** The abort may come before anybody listens for it. */
function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    signal.addEventListener("abort", () => resolve(), { once: true });
  });
}
