/** Nanoseconds since this thread began: in Deno each thread has a clock of its own. */
export function ownNs(): bigint {
  return BigInt(Math.round(performance.now() * 1e6));
}
