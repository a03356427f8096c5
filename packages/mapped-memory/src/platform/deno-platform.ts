import { type Deno, denoFfi } from "./deno-ffi.ts";
import { denoCalls } from "./deno-calls.ts";
import { LinuxPlatform } from "./linux-platform.ts";

/** Deno on Linux, through `Deno.dlopen`. */
export class DenoPlatform extends LinuxPlatform {
  readonly atomicsAreCalls = true;

  /** @throws {Error} whose message is a reason why mapped locks cannot be had here. */
  constructor(deno: Deno) {
    super(denoFfi(deno), denoCalls(deno));
  }
}
