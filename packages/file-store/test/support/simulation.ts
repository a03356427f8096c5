/**
 * The simulated disk and what is done with the durable store on it, for other packages of the repository
 * that torment it. Not published.
 */
export type { Choose } from "./choose.ts";
export {
  CAPACITY,
  crashEverywhere,
  type CrashOptions,
  type CrashReport,
  type Life,
  usualLife,
} from "./crash-everywhere.ts";
export { type Act, acts, failEverywhere } from "./fail-everywhere.ts";
export { createOn, durableOn, PATH } from "./durable-on.ts";
export {
  Crash,
  type DiskError,
  type DiskOptions,
  SimulatedFileSystem,
} from "./simulated-file-system.ts";
export { fill, raise, sell, sellTogether, type Told, write } from "./told.ts";
export { GroupsUnsettled, SettlesOwnOnly, WithoutChecksum, WithoutFsync } from "./broken-disks.ts";
