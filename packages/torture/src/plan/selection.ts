import { TicketlockError } from "@ticketlock/core";
import type { Cast } from "./cast.ts";
import { drawRound } from "./draw-round.ts";
import { type FaultName, faultNames } from "./faults.ts";
import type { RoundPlan } from "./round-plan.ts";

/** Which rounds are played; each absent means all. */
export interface Selection {
  /** Names of casts: an adapter's, or several with a plus between them, in any order. */
  readonly casts?: readonly string[] | undefined;
  readonly locks?: readonly string[] | undefined;
  readonly stores?: readonly string[] | undefined;
  readonly faults?: readonly FaultName[] | undefined;
}

/** So many numbers without a round that is selected: there is none. */
const MOST_NUMBERS = 20_000;

/** The selected rounds of a seed, in the order of their numbers, without an end. @throws {TicketlockError} `USAGE` if there are none */
export function* selectedRounds(
  seed: number,
  from: number,
  casts: readonly Cast[],
  isSelected: (plan: RoundPlan) => boolean,
): Generator<RoundPlan, never, undefined> {
  let last = from;
  for (let round = from; ; round++) {
    const plan = drawRound(seed, round, casts);
    if (isSelected(plan)) {
      last = round;
      yield plan;
    }
    if (round - last > MOST_NUMBERS)
      throw new TicketlockError(
        "USAGE",
        "Cannot torment what was selected: no adapter, lock and store together promise to survive that fault. --list tells what can be tried with what.",
      );
  }
}

/** Tells whether a round belongs to what was selected. */
export function selects({ casts, locks, stores, faults }: Selection): (plan: RoundPlan) => boolean {
  const names = casts?.map(inOrder);
  return (plan) =>
    (names === undefined || names.includes(inOrder(plan.cast))) &&
    (locks === undefined || (plan.lock !== null && locks.includes(plan.lock))) &&
    (stores === undefined || (plan.store !== null && stores.includes(plan.store))) &&
    (faults === undefined || faults.includes(plan.fault));
}

/** @throws {TicketlockError} `USAGE` naming what is not there, and what is */
export function checkSelection(
  { casts, locks, stores, faults }: Selection,
  known: readonly Cast[],
): void {
  check(
    "--adapter",
    casts?.map(inOrder),
    known.map(({ name }) => inOrder(name)),
  );
  check(
    "--lock",
    locks,
    known.flatMap((cast) => cast.locks.map(({ kind }) => kind)),
  );
  check(
    "--store",
    stores,
    known.flatMap((cast) => cast.stores.map(({ kind }) => kind)),
  );
  check("--fault", faults, faultNames);
}

function check(flag: string, given: readonly string[] | undefined, known: readonly string[]): void {
  const unknown = given?.find((name) => !known.includes(name));
  if (unknown === undefined) return;
  const allowed = [...new Set(known)].join(", ") || "none here";
  throw new TicketlockError("USAGE", `Cannot use ${flag} ${unknown}. Allowed: ${allowed}.`);
}

function inOrder(name: string): string {
  return name.split("+").toSorted().join("+");
}
