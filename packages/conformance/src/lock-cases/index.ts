import { blockingCases } from "./blocking.ts";
import { deathPointCases } from "./death-points.ts";
import { deathCases } from "./death.ts";
import { exclusionCases } from "./exclusion.ts";
import { fairnessCases } from "./fairness.ts";
import { guardCases } from "./guards.ts";
import type { LockCase } from "./lock-case.ts";
import { busyWaiterCases } from "./busy-waiters.ts";
import { crowdCases } from "./crowds.ts";
import { lostCases } from "./lost.ts";
import { ownerCases } from "./owners.ts";
import { pauseCases } from "./pauses.ts";
import { processCases } from "./process.ts";
import { sectionCases } from "./sections.ts";
import { stateCases } from "./state.ts";
import { suddenEndCases } from "./sudden-ends.ts";
import { waitingCases } from "./waiting.ts";

/** All that is tried of a lock, simple promises first: when they are broken the others tell little. */
export const lockCases: readonly LockCase[] = [
  ...stateCases,
  ...guardCases,
  ...sectionCases,
  ...waitingCases,
  ...exclusionCases,
  ...busyWaiterCases,
  ...crowdCases,
  ...blockingCases,
  ...fairnessCases,
  ...deathCases,
  ...deathPointCases,
  ...suddenEndCases,
  ...lostCases,
  ...pauseCases,
  ...ownerCases,
  ...processCases,
];
