import type { Deno } from "../deno-types.ts";

/** Process ids are lower. */
const FIRST_OF_WORKERS = 2 ** 32;

let workerId: number | undefined;

/** By what a lock names its holder: the process id; Deno's workers have no number, so each takes one at random. */
export function contenderId(deno: Deno): number {
  if (globalThis.constructor.name !== "DedicatedWorkerGlobalScope") return deno.pid;
  return (workerId ??= FIRST_OF_WORKERS + crypto.getRandomValues(new Uint32Array(1))[0]!);
}
