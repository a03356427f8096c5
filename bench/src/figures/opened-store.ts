import {
  type Adapter,
  type AtomicTicketStore,
  type Handle,
  isAtomicTicketStore,
} from "@ticketlock/core";

/** A store that the session's owner made besides the session's own, and who opens it. */
export interface StoreToOpen {
  /** Of the session's adapters, in the order in which they start contenders. */
  readonly adapterUrls: readonly string[];
  readonly handle: Handle;
}

/**
 * Opens a store in a contender. A figure needs many stores in turn for contenders that stay warm; a
 * session has one. The adapter is the one that the contender runs on.
 */
export async function openStore(
  { adapterUrls, handle }: StoreToOpen,
  contender: { readonly index: number },
): Promise<AtomicTicketStore> {
  const adapterUrl = adapterUrls[contender.index % adapterUrls.length]!;
  const { adapter } = (await import(adapterUrl)) as { adapter: Adapter };
  const provider = adapter.stores.find(
    (each) => each.module === handle.module && each.kinds.has(handle.kind),
  );
  const store = await provider?.open(handle);
  if (store === undefined || !isAtomicTicketStore(store))
    throw new Error(`Cannot sell from a store of kind ${handle.kind} in one step.`);
  return store;
}
