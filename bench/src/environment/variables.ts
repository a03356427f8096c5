import process from "node:process";
import { publicText } from "../report/public-text.ts";

/**
 * Variables that change how a runtime or the C library works, and that are no secret. NODE_OPTIONS reaches this
 * command alone: what it starts is to be no part of its debugging.
 */
const NAMES = [
  "NODE_OPTIONS",
  "NODE_COMPILE_CACHE",
  "NODE_DISABLE_COMPILE_CACHE",
  "UV_THREADPOOL_SIZE",
  "UV_USE_IO_URING",
  "DENO_V8_FLAGS",
  "BUN_OPTIONS",
  "BUN_GARBAGE_COLLECTOR_LEVEL",
  "GLIBC_TUNABLES",
  "MALLOC_ARENA_MAX",
  "LD_PRELOAD",
] as const;

/** Those that are set, with their values; no others, whatever they are called. @param root - top of the workspace */
export function variablesThatMatter(
  root: string,
  environment: NodeJS.ProcessEnv = process.env,
): Record<string, string> {
  return Object.fromEntries(
    NAMES.flatMap((name) => {
      const value = environment[name];
      return value === undefined || value === "" ? [] : [[name, publicText(value, root)]];
    }),
  );
}
