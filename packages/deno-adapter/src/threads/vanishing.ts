import { platform } from "./threads.ts";

/** A thread that ends does so within a few milliseconds; one that does not is asleep and may wake again. */
const PATIENCE_MS = 50;
const LOOK_MS = 2;

/** A thread as the operating system knows it; 0 where it is not known. */
export interface OsThread {
  readonly osThreadId: number;
  readonly osThreadStart: number;
}

/** Gives a thread that was ended the time to be gone, where it can be seen at all. */
export async function vanishing({ osThreadId, osThreadStart }: OsThread): Promise<void> {
  if (osThreadId === 0) return;
  const deadlineMs = performance.now() + PATIENCE_MS;
  while (platform.threadState(osThreadId, osThreadStart) === "alive") {
    if (performance.now() > deadlineMs) return;
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
  }
}
