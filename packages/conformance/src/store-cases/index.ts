import { fencingCases } from "./fencing.ts";
import { inventoryCases } from "./inventory.ts";
import { sellingCases } from "./selling.ts";
import type { StoreCase } from "./store-case.ts";

/** All that is tried of a store. */
export const storeCases: readonly StoreCase[] = [
  ...inventoryCases,
  ...fencingCases,
  ...sellingCases,
];
