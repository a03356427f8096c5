/** Opens a lock by any name, and takes every text for a store's. */
import { type Adapter, isTicketlockError, type StoreProvider, type TicketStore } from "@ticketlock/core"; // prettier-ignore
import { adapter as sound } from "@ticketlock/node-cluster/adapter";

const KIND = "json-durable";
const engine = sound.stores.find(({ kinds }) => kinds.has(KIND))!;

/** What a text that was changed says to who believes it. */
function believed(
  handle: TicketStore["handle"],
  guarantees: TicketStore["guarantees"],
): TicketStore {
  return {
    handle,
    guarantees,
    read: () => ({ capacity: 1, remaining: 1, version: 0 }),
    write: () => "written",
    fence: () => 0,
    close: () => {},
  };
}

const stores: StoreProvider = {
  module: engine.module,
  kinds: engine.kinds,
  create: (kind, options) => engine.create(kind, options),
  async open(handle) {
    try {
      return await engine.open(handle);
    } catch (error) {
      if (!isTicketlockError(error, "STORE_CORRUPT")) throw error;
      return believed(handle, engine.kinds.get(KIND)!);
    }
  },
};

export const adapter: Adapter = { ...sound, name: "credulous", url: import.meta.url, stores: [stores] }; // prettier-ignore
