/** The longest delay that one timer can have. */
const MAX_TIMER_MS = 2 ** 31 - 1;

/** Calls `ring` after `delayMs`, however long that is, unless the returned function is called first. Keeps the process alive. */
export function startTimer(delayMs: number, ring: () => void): () => void {
  let timer: NodeJS.Timeout;
  const wait = (leftMs: number): void => {
    const stepMs = Math.min(leftMs, MAX_TIMER_MS);
    timer = setTimeout(() => (leftMs > stepMs ? wait(leftMs - stepMs) : ring()), stepMs);
  };
  wait(delayMs);
  return () => clearTimeout(timer);
}
