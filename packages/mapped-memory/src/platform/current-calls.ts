import { denoCalls } from "./deno-calls.ts";
import { denoGlobal, isGranted } from "./deno-ffi.ts";
import { nodeCalls } from "./node-calls.ts";
import type { SystemCalls } from "./system-calls.ts";

/** Node's calls, or what takes their place in Deno where FFI is permitted. */
export function systemCalls(): SystemCalls {
  const deno = denoGlobal();
  return deno !== undefined && isGranted(deno, "ffi") ? denoCalls(deno) : nodeCalls;
}
