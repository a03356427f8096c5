import { runtimes } from "@ticketlock/harness";
import { rate } from "../report/format.ts";
import { CounterSession } from "./counter-session.ts";
import type { Figure, FigureContext, Measurement } from "./figure.ts";

const LOCK = "mapped";
const CONTENDERS = 2 * runtimes.length;
const EACH = 1_000_000;

/** One counter that processes of all runtimes add to. */
export const mixedCounter: Figure = {
  name: "mixed-counter",
  claim:
    "2 processes each of Node, Deno and Bun add 6 000 000 to one counter under one MappedMutex: no update lost",
  limit: { kind: "at-most", value: 0 },
  needs: { lock: LOCK, runtimes },
  onlyWhenNamed: false,
  async measure({ adapters: [first, ...others] }: FigureContext): Promise<Measurement> {
    const count = async (lock: string): Promise<{ lost: number; perSecond: number }> => {
      const session = await CounterSession.open(first!, lock, CONTENDERS, { others });
      try {
        const before = performance.now();
        const lost = await session.countTo(EACH);
        const tookS = (performance.now() - before) / 1_000;
        return { lost, perSecond: (CONTENDERS * EACH) / tookS };
      } finally {
        await session.close();
      }
    };
    const locked = await count(LOCK);
    const unlocked = await count("none");
    return {
      value: locked.lost,
      unit: "updates lost",
      control: unlocked.lost,
      ratio: null,
      range: null,
      compared: locked.lost,
      detail: `${CONTENDERS * EACH} increments at ${rate(locked.perSecond)}/s; the control is the same without a lock`,
      faults: unlocked.lost > 0 ? [] : ["nothing was lost without a lock: a loss cannot be seen"],
    };
  },
};
