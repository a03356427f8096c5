import { fileURLToPath } from "node:url";
import { processLauncher } from "@ticketlock/child-processes";
import { openSession, toWireError, type WireError } from "@ticketlock/core";
import { adapter } from "../../src/adapter.ts";
import { permissionFlags } from "../../src/processes/permissions.ts";

/** Where the sources of the workspace lie, which a contender run from source reads. */
export const sources: string = fileURLToPath(new URL("../../../", import.meta.url));
const workload = new URL("workloads/use.ts", import.meta.url);

/** What became of a contender that was to use a lock or a store. */
export interface Played {
  /** The flags that it was started with. */
  readonly given: readonly string[];
  /** What it was refused with, or its owner; undefined if it did what it was to do. */
  readonly refused?: WireError | undefined;
}

/** Has one contender use such a lock or store, without one of the flags that it would be given. */
export async function playWith(
  what: "lock" | "store",
  kind: string,
  missing?: string,
): Promise<Played> {
  let given: readonly string[] = [];
  const launcher = processLauncher({
    runtime: "deno",
    flags: (options) => {
      const flags = permissionFlags(options, { reads: [sources] });
      const left = flags.filter((flag) => missing === undefined || !flag.startsWith(missing));
      // What its modules take it must have in any case.
      given = missing === "--allow-read" ? [`--allow-read=${sources}`, ...left] : left;
      return given;
    },
  });
  try {
    await using session = await openSession({
      adapters: [{ ...adapter, launcher }],
      contenders: 1,
      lock: what === "lock" ? { kind } : { count: 0 },
      ...(what === "store" ? { store: { kind, options: { capacity: 3 } } } : {}),
    });
    const [outcome] = await session.run<string, string>(workload, what);
    return outcome!.status === "done" ? { given } : { given, refused: toWireError(outcome!.error) };
  } catch (error) {
    return { given, refused: toWireError(error) };
  }
}
