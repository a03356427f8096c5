/** The name by which a contender stands in the histories. A phase goes before it, where a round has two sessions. */
export function clientName(phase: string, index: number): string {
  return `${phase}c${index}`;
}

/** The owner's name there. */
export function ownerName(phase: string): string {
  return `${phase}owner`;
}

/** The lock's name there: each session has a lock of its own. */
export function lockName(phase: string): string {
  return `${phase}lock`;
}
