import * as fs from "node:fs";
import type { SystemCalls } from "./system-calls.ts";

/** Node's own, which Bun has as well. */
export const nodeCalls: SystemCalls = {
  ...fs,
  inodeAt: (path) => fs.lstatSync(path, { bigint: true, throwIfNoEntry: false })?.ino,
  getuid: () => process.getuid?.(),
  kill: (processId, signal) => void process.kill(processId, signal),
};
