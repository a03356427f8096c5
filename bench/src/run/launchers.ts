import { type Adapter, type Launcher, TicketlockError } from "@ticketlock/core";

/** Those of the adapters that start contenders, in the order in which they take turns. */
export function launchersOf(adapters: readonly Adapter[]): Launcher[] {
  return adapters.flatMap(({ launcher }) => launcher ?? []);
}

/** The launcher whose clock is the session's. @throws {TicketlockError} `USAGE` if none of the adapters has one */
export function ownersLauncher(adapters: readonly Adapter[]): Launcher {
  const [first] = launchersOf(adapters);
  if (first !== undefined) return first;
  throw new TicketlockError(
    "USAGE",
    `Cannot measure with ${namesOf(adapters)}: it starts no contenders. Add an adapter that does.`,
  );
}

/**
 * What contenders of these adapters are.
 * @throws {TicketlockError} `USAGE` if some are threads and some processes: CPU time of threads is their owner's, and
 * nobody could tell whose is whose
 */
export function unitOf(adapters: readonly Adapter[]): Launcher["unit"] {
  const { unit } = ownersLauncher(adapters);
  if (launchersOf(adapters).every((launcher) => launcher.unit === unit)) return unit;
  throw new TicketlockError(
    "USAGE",
    `Cannot measure with ${namesOf(adapters)}: some of its contenders are threads and some are processes. Measure one after the other: write a comma.`,
  );
}

function namesOf(adapters: readonly Adapter[]): string {
  return adapters.map(({ name }) => name).join("+");
}
