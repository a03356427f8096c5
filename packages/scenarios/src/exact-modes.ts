import { type SellingMode, sellingModes } from "@ticketlock/core";

/** The selling modes in which no ticket may be sold twice. */
export function exactModes(): SellingMode[] {
  return (Object.keys(sellingModes) as SellingMode[]).filter((mode) => sellingModes[mode].exact);
}
