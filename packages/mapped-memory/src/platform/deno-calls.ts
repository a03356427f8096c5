import { TicketlockError } from "@ticketlock/core";
import { type Deno, denoFfi, isGranted } from "./deno-ffi.ts";
import { LibcCalls } from "./libc-calls.ts";
import type { SystemCalls } from "./system-calls.ts";

/** What this package reads of /proc: the boot, the PID namespace, and which threads live. */
const PROC = /^\/proc\/(?:sys\/kernel\/random\/boot_id|self\/ns\/pid|\d+\/stat)$/;

let made: SystemCalls | undefined;

/**
 * Calls for Deno, whose own give /dev and /proc to `--allow-all` only, and ids of users and processes
 * to further flags. The C library's take their place, which the unlimited `--allow-ffi` permits; yet
 * they touch only what `--allow-read` and `--allow-write` permit, and a few files of /proc that hold
 * nobody's data.
 *
 * @throws {Error} where FFI is not permitted.
 */
export function denoCalls(deno: Deno): SystemCalls {
  return (made ??= new LibcCalls(denoFfi(deno), (access, path, where) => {
    if (access === "read" && PROC.test(path)) return;
    if (isGranted(deno, access, path)) return;
    throw new TicketlockError(
      "LOCK_UNSUPPORTED",
      `Cannot use ${path}: Deno may not ${access} it. Pass --allow-${access}=${where}.`,
    );
  }));
}
