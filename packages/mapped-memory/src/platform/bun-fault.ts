/** The oldest Bun whose threads end when they are told to, also asleep. */
export const OLDEST_BUN = "1.4";

/** Why threads of a Bun of this version may not sleep in a lock; `undefined` if they may. */
export function bunFault(version: string): string | undefined {
  const [major = 0, minor = 0] = version.split(".").map(Number);
  const [oldestMajor = 0, oldestMinor = 0] = OLDEST_BUN.split(".").map(Number);
  if (major > oldestMajor || (major === oldestMajor && minor >= oldestMinor)) return undefined;
  return `Bun ${version} is too old: it may hang where a thread is terminated that sleeps`;
}
