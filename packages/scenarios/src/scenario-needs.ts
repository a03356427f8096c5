import {
  type Adapter,
  isTicketlockError,
  type SellingMode,
  sellingModes,
  type StoreGuarantees,
  isSellingMode,
} from "@ticketlock/core";
import { Casting } from "./casting.ts";
import type { ScenarioOptions } from "./scenario-options.ts";
import { type ScenarioName, scenarios } from "./scenarios.ts";

/** What a story's store must declare; undefined where it has no store. */
export function storeNeeds(
  scenario: ScenarioName,
  mode: SellingMode = FLASH_MODE,
): Partial<StoreGuarantees> | undefined {
  if (isSellingMode(scenario)) return sellingModes[scenario].needs;
  if (scenario === "flash-sale") return { ...sellingModes[mode].needs, journal: true };
  return scenario === "counter" || scenario === "crash" ? {} : undefined;
}

/** How `flash-sale` sells unless told. */
export const FLASH_MODE: SellingMode = "atomic";

/** The stories that adapters can play together with what they declare, in the cast that is wished. */
export function playableScenarios(
  adapters: readonly Adapter[],
  wish: Pick<ScenarioOptions, "mode" | "lock" | "store"> = {},
): ScenarioName[] {
  const casting = new Casting(adapters);
  return (Object.keys(scenarios) as ScenarioName[]).filter((scenario) => {
    const needs = storeNeeds(scenario, wish.mode);
    try {
      casting.lock(wish.lock);
      if (needs !== undefined) casting.store(wish.store, needs);
      return true;
    } catch (error) {
      if (isTicketlockError(error)) return false;
      throw error;
    }
  });
}
