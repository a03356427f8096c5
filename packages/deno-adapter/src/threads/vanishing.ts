import { type OsThread, osThreadState } from "@ticketlock/child-threads";

/** A thread that ends does so within a few milliseconds; one that does not is asleep and may wake again. */
const PATIENCE_MS = 50;
const LOOK_MS = 2;

/** Gives a thread that was ended the time to be gone, where it can be seen at all. */
export async function vanishing(thread: OsThread): Promise<void> {
  if (thread.osThreadId === 0) return;
  const deadlineMs = performance.now() + PATIENCE_MS;
  while (osThreadState(thread) === "alive") {
    if (performance.now() > deadlineMs) return;
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
  }
}
