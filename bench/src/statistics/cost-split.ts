/**
 * What a locked operation costs, in two steps. From unlocked to oracle: what serialization costs or
 * saves whoever does it (negative where unlocked contenders fight over a cache line harder than one
 * contender works alone). From oracle to locked: the lock's own tax.
 */
export interface CostSplit {
  readonly unlockedNs: number;
  readonly oracleNs: number;
  readonly lockedNs: number;
  readonly serializationNs: number;
  readonly lockTaxNs: number;
  readonly serializationRatio: number;
  readonly lockTaxRatio: number;
}

/** Splits the time per operation; all three are wall time over the operations of all contenders. */
export function costSplit(unlockedNs: number, oracleNs: number, lockedNs: number): CostSplit {
  return {
    unlockedNs,
    oracleNs,
    lockedNs,
    serializationNs: oracleNs - unlockedNs,
    lockTaxNs: lockedNs - oracleNs,
    serializationRatio: oracleNs / unlockedNs,
    lockTaxRatio: lockedNs / oracleNs,
  };
}
