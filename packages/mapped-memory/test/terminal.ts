import { closeSync, constants, openSync } from "node:fs";
import { dlopen, toString } from "node:ffi";

/** A terminal's two ends, of which a program is given `slave` and takes it for a person's. */
export interface Terminal {
  readonly slave: number;
  close(): void;
}

const flags: number = constants.O_RDWR | constants.O_NOCTTY;

/** Opens a pseudo-terminal. */
export function openTerminal(): Terminal {
  const { functions } = dlopen(null, {
    posix_openpt: { arguments: ["i32"], return: "i32" },
    grantpt: { arguments: ["i32"], return: "i32" },
    unlockpt: { arguments: ["i32"], return: "i32" },
    ptsname: { arguments: ["i32"], return: "pointer" },
  });
  const master = functions.posix_openpt(flags);
  if (functions.grantpt(master) !== 0 || functions.unlockpt(master) !== 0)
    throw new Error("the system gives no pseudo-terminal");
  const slave = openSync(toString(functions.ptsname(master))!, flags);
  return {
    slave,
    close() {
      closeSync(slave);
      closeSync(master);
    },
  };
}
