import { INTERRUPTED } from "@ticketlock/harness";

/**
 * Exit codes of the command. `error` is EX_SOFTWARE of sysexits.h, so that no fault of the torture itself passes for a
 * verdict.
 */
export const EXIT = {
  ok: 0,
  /** A promise was broken; with --quiet-machine, or a recovery target missed. */
  violation: 1,
  /** What was typed cannot be done. */
  usage: 2,
  /** No promise was broken, and the time was over before all goals were reached. */
  open: 3,
  /** The command could not do its work: a full disk, a missing runtime, a fault of its own. */
  error: 70,
  /** Ctrl-C; what was done has been told. A violation that was found is told of too. */
  interrupted: INTERRUPTED as number,
} as const;
