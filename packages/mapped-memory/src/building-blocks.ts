/**
 * What mapped locks are made of, for tests of locks that are not quite like them. Not for users:
 * these names may change with any version.
 */
export type { MakeWord } from "./robust-lock-word.ts";
export { OWNER_DIED, type RobustPort, RobustWord, WAITERS } from "./robust-word.ts";
export { looks, lookSeldom } from "./looks.ts";
