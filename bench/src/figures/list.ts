import { attachCost } from "./attach.ts";
import { commandTimes } from "./commands.ts";
import { contended } from "./contended.ts";
import { fairness } from "./fairness.ts";
import type { Figure } from "./figure.ts";
import { mixedCounter } from "./mixed-counter.ts";
import { kvSales } from "./optimistic-sales.ts";
import { roundTrip } from "./round-trip.ts";
import { historyTime } from "./history.ts";
import { handOff } from "./hand-off.ts";
import { recovery } from "./recovery.ts";
import { reportFigures } from "./reports.ts";
import { flashSales, sellRate } from "./sales.ts";
import { storeModes } from "./store-modes.ts";
import { uncontended } from "./uncontended.ts";
import { zombies } from "./zombies.ts";

/** Every figure that the project claims. A claim that is not here must not be made. */
export const figures: readonly Figure[] = [
  ...uncontended,
  ...contended,
  fairness,
  handOff,
  roundTrip,
  sellRate,
  ...flashSales,
  storeModes,
  ...recovery,
  mixedCounter,
  zombies,
  kvSales,
  attachCost,
  ...commandTimes,
  ...reportFigures,
  historyTime,
];
