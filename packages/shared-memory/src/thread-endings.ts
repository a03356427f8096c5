import type { LockGuarantees } from "@ticketlock/core";
import type { Endings } from "./endings.ts";
import type { ThreadPlatform } from "./thread-platform.ts";

/** The marks of ended threads, where whoever has ended may run on. */
export function endingsOf(platform: ThreadPlatform, endings: Endings): Endings | undefined {
  return platform.exitIsDeath ? undefined : endings;
}

/** What a kind promises on this platform: where exit is not death, a holder's end loses the lock. */
export function guaranteesOn(
  { exitIsDeath }: Pick<ThreadPlatform, "exitIsDeath">,
  guarantees: LockGuarantees,
): LockGuarantees {
  return exitIsDeath ? guarantees : { ...guarantees, ownerDeath: "lost" };
}
