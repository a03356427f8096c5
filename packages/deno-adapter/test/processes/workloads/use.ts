import type { Contender } from "@ticketlock/core";

/** Uses the lock in every way that may need something more, or the store. */
export default async function use(contender: Contender, what: "lock" | "store"): Promise<string> {
  if (what === "lock") {
    const guard = await contender.lock().acquire();
    const pending = contender.lock().acquire();
    await guard.release();
    await (await pending).release();
    await (await contender.ownLock()).runExclusive(() => {});
    return "used";
  }
  const { store } = contender;
  const { capacity, remaining, version } = await store.read();
  await store.write({ capacity, version, remaining: remaining - 1 });
  return `${(await store.read()).remaining} left`;
}
