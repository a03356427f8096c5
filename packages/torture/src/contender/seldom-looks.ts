/** What an adapter's module may offer besides its adapter: lets this thread's waiters look by themselves very seldom. */
interface OffersLooks {
  /** @returns what lets them look as usual again */
  lookSeldom?(): () => void;
}

/** The module of a contender's own adapter, of those whose contenders come in turn; none if there are none. */
export function ownAdapter(urls: readonly string[], index: number): string[] {
  return urls.length === 0 ? [] : [urls[index % urls.length]!];
}

/**
 * From now until the returned function is called, waiters of this thread sleep until they are woken, where
 * an adapter offers that: a wake-up that was lost then stalls, and no look of a waiter's own mends it.
 *
 * @param urls - of adapters' modules, which are loaded in this thread
 */
export async function lookSeldom(urls: readonly string[]): Promise<() => void> {
  const modules = await Promise.all(urls.map((url) => import(url) as Promise<OffersLooks>));
  const ends = modules.map((module) => module.lookSeldom?.());
  return () => {
    for (const end of ends) end?.();
  };
}
