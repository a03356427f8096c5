import { buy, type Contender, type SellingMode } from "@ticketlock/core";

/** One purchase; those who race meet between read and write, so that the race always happens. */
export default async function sell(
  contender: Contender,
  mode: SellingMode,
): Promise<{ sold: boolean; seen: number }> {
  const order = { id: `order-${contender.index}`, buyer: `buyer-${contender.index}`, quantity: 1 };
  const races = mode === "unlocked" || mode === "own-mutex";
  const { sold, seen } = await buy(mode, contender, order, {
    searched: () => contender.meet("searched"),
    ...(races ? { beforeWrite: () => contender.meet("read") } : {}),
  });
  return { sold, seen: seen.remaining };
}
