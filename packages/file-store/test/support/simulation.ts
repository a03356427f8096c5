/**
 * The simulated disk and what is done with the durable store on it, for other packages of the repository
 * that torment it. Not published.
 */
export {
  CAPACITY,
  crashEverywhere,
  type CrashReport,
  type DiskFault,
  failEverywhere,
  type Life,
  raise,
  sell,
  type Told,
  wholeJournal,
} from "./crash-everywhere.ts";
export { createOn, durableOn, PATH } from "./durable-on.ts";
export { Crash, type Fault, SimulatedFileSystem } from "./simulated-file-system.ts";
