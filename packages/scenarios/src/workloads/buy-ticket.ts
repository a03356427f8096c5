import { buy, type Contender, type SellingMode, sellingModes } from "@ticketlock/core";
import { Role, type WorkReport } from "../role.ts";

export interface BuyInput {
  readonly mode: SellingMode;
  readonly thinkMs: number;
  readonly freeRunning: boolean;
  /** Stands in the order ids, so that a store that is used again takes them for new ones. */
  readonly run: string;
}

export interface BuyReport extends WorkReport {
  readonly sold: boolean;
  /** How many tickets the search saw, and when. */
  readonly seen: number;
  readonly seenNs: string;
  /** From when until when the search took its time, in nanoseconds. */
  readonly search: readonly [string, string];
  readonly retries: number;
  readonly tornReads: number;
}

/** Topic that tells the owner that the order before it has been posted. */
export const ORDERED_TOPIC = "story:ordered";
/** Topic that tells the owner that an order is about to be posted. */
export const ORDERING_TOPIC = "story:ordering";

/** One buyer searches, then buys one ticket. */
export default async function buyTicket(contender: Contender, input: BuyInput): Promise<BuyReport> {
  const { mode, thinkMs, freeRunning, run } = input;
  const { exact, concurrentSearch, needs } = sellingModes[mode];
  const role = new Role(contender);
  const { channel, index } = contender;
  let seenNs = "0";
  const jitter = lots(contender.seed);
  const order = { id: `${run}-${index}`, buyer: `buyer-${index}`, quantity: 1 };
  const search: [string, string] = ["0", "0"];
  let searching = false;
  const think = async (): Promise<void> => {
    if (!searching) return role.sleep(freeRunning ? thinkMs * (0.5 + jitter()) : thinkMs);
    searching = false;
    search[0] = String(contender.nowNs());
    await role.sleep(freeRunning ? thinkMs * (0.5 + jitter()) : thinkMs);
    // All are searching at this moment: searches that stood in line would never get here.
    if (!freeRunning && concurrentSearch) await contender.meet("searching");
    search[1] = String(contender.nowNs());
  };
  const purchase = await buy(mode, contender, order, {
    think,
    // All have searched before anyone buys; and where the race is the story, all have read before anyone writes.
    ...(!freeRunning && concurrentSearch ? { searched: () => contender.meet("searched") } : {}),
    ...(!freeRunning && (!exact || needs.versioned)
      ? { beforeWrite: () => contender.meet("read") }
      : {}),
    tell: (step, inventory) => {
      if (step === "search") {
        seenNs = String(contender.nowNs());
        searching = true;
      }
      role.step(step, inventory);
      if (step !== "order") return;
      channel.send(ORDERING_TOPIC, null);
      queueMicrotask(() => channel.send(ORDERED_TOPIC, null)); // once the order is under way
    },
  });
  role.tell(purchase.sold ? "is told: yes" : "is told: sold out", purchase.sold ? "sold" : "ended");
  const { sold, seen, retries, tornReads } = purchase;
  return role.report({ sold, seen: seen.remaining, seenNs, search, retries, tornReads });
}

/** Numbers from 0 to 1 that a seed repeats (mulberry32, T. Ettinger 2017). */
function lots(seed: number): () => number {
  let state = seed | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let z = Math.imul(state ^ (state >>> 15), 1 | state);
    z ^= z + Math.imul(z ^ (z >>> 7), 61 | z);
    return ((z ^ (z >>> 14)) >>> 0) / 2 ** 32;
  };
}
