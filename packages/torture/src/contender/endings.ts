import process from "node:process";
import type { Ending } from "../plan/round-plan.ts";

/** Ends this contender where it stands, by its own doing; never settles. */
export function endBy(how: Ending): Promise<never> {
  switch (how) {
    case "exit":
      process.exit(0);
      break;
    case "throw":
      // From a timer nobody can catch it.
      setTimeout(() => {
        throw new Error("this contender throws on purpose");
      }, 0);
      break;
    case "rejection":
      void Promise.reject(new Error("this contender rejects on purpose"));
      break;
    case "memory":
      fillMemory();
  }
  return new Promise<never>(() => undefined);
}

/** Keeps more and more, until the heap is at its limit and the runtime ends the process. */
function fillMemory(): void {
  const hoard: number[][] = [];
  for (let i = 0; ; i++) hoard.push(Array.from({ length: 1_000 }, () => i));
}
