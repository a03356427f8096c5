/** Nanoseconds since this thread began: in Deno each thread has a clock of its own. */
export function ownNs(): bigint {
  return BigInt(Math.round(performance.now() * 1e6));
}

/** How often a thread asks for the other's clock; the quickest answer is the most exact. */
const ROUNDS = 8;

/**
 * What to add to this thread's clock so that it tells the owner's time: half-way between asking and
 * answer the owner read its own. The error is at most half of the quickest round, some tens of
 * microseconds.
 */
export async function clockOffsetNs(askOwner: () => Promise<bigint>): Promise<bigint> {
  let offsetNs = 0n;
  let quickestNs: bigint | undefined;
  for (let round = 0; round < ROUNDS; round++) {
    const askedNs = ownNs();
    const ownersNs = await askOwner();
    const tookNs = ownNs() - askedNs;
    if (quickestNs !== undefined && tookNs >= quickestNs) continue;
    quickestNs = tookNs;
    offsetNs = ownersNs - (askedNs + tookNs / 2n);
  }
  return offsetNs;
}
