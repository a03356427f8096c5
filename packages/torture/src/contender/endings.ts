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

/**
 * Asks for more than a heap may have. V8 then ends the process, as it does where a heap has grown to its
 * limit: at once, and without touching the gigabytes that reaching it would take.
 */
function fillMemory(): void {
  const hoard: unknown[] = [];
  for (;;) hoard.push(Array.from({ length: 2 ** 27 }).fill(hoard));
}
