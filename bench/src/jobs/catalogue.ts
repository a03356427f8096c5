import type { JobContext } from "@ticketlock/harness";
import { type CatalogueEntry, describeAdapters } from "../plan/catalogue.ts";

/** Asks adapters, in the runtime of the first, what they declare; `null` if none starts contenders. */
export default function catalogue({ adapters }: JobContext): CatalogueEntry | null {
  return describeAdapters(adapters);
}
