import { setImmediate as nextTurn } from "node:timers/promises";

/** Lets the event loop turn once. */
export async function turn(): Promise<void> {
  await nextTurn();
}

/** Waits without blocking. */
export function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

/** Burns processor time. */
export function spin(ms: number): void {
  const end = performance.now() + ms;
  while (performance.now() < end);
}

/** Does nothing for a while, in one of the ways in which programs do: at once, in the next turn, later, or busily. */
export async function think(share: number): Promise<void> {
  if (share < 0.55) return;
  if (share < 0.75) return turn();
  if (share < 0.9) return spin((share - 0.75) * 2);
  await pause((share - 0.9) * 20);
}
