import { denoCalls } from "./deno-calls.ts";
import { denoGlobal, isGranted } from "./deno-ffi.ts";
import { nodeCalls } from "./node-calls.ts";
import type { SystemCalls } from "./system-calls.ts";

/** Node's calls; in Deno what takes their place on Linux, where FFI is permitted. */
export function systemCalls(): SystemCalls {
  const deno = denoGlobal();
  if (deno === undefined || process.platform !== "linux") return nodeCalls;
  return isGranted(deno, "ffi") ? denoCalls(deno) : nodeCalls;
}
