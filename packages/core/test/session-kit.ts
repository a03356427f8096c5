import { onTestFinished } from "vitest";
import { openSession, type Session, type SessionOptions } from "../src/index.ts";
import { FakeAdapter } from "./fake-launcher.ts";

/** Opens a session over an adapter in the test's own thread; it is closed when the test ends. */
export async function open(
  contenders: number,
  options: Partial<SessionOptions> = {},
): Promise<{ session: Session; adapter: FakeAdapter }> {
  const adapter = new FakeAdapter();
  const session = await openSession({ adapters: [adapter], contenders, ...options });
  onTestFinished(() => session.close());
  return { session, adapter };
}

/** A promise to be settled by hand. */
export function gate(): { readonly opened: Promise<void>; open(): void } {
  let open!: () => void;
  const opened = new Promise<void>((resolve) => (open = resolve));
  return { opened, open };
}

/** Settles after everything that is on its way has been delivered. */
export async function settle(): Promise<void> {
  for (let turn = 0; turn < 20; turn++) await new Promise((resolve) => setImmediate(resolve));
}

/** Timers that keep this process alive. */
export function timers(): number {
  return process.getActiveResourcesInfo().filter((name) => name === "Timeout").length;
}

/** Throws, where a statement cannot stand. */
export function raise(error: Error): never {
  throw error;
}
