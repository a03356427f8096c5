import { type AtomicTicketStore, isTicketlockError } from "@ticketlock/core";

/** A (token 1) reads and pauses, B (token 2) reads, then both write: true if both were told yes for one ticket. */
export async function sellsToTheOvertaken(store: AtomicTicketStore): Promise<boolean> {
  const [seenByA, seenByB] = [await store.read(1), await store.read(2)];
  const buy = async (seen: typeof seenByA, id: string, token: number): Promise<boolean> => {
    const next = { ...seen, remaining: seen.remaining - 1, version: seen.version + 1 };
    try {
      const order = { id, buyer: id, quantity: 1 };
      return (await store.write(next, { token, order })) === "written";
    } catch (error) {
      if (isTicketlockError(error, "STORE_STALE_TOKEN")) return false;
      throw error;
    }
  };
  const told = [await buy(seenByA, "A", 1), await buy(seenByB, "B", 2)];
  await store.close();
  return told.every(Boolean);
}
