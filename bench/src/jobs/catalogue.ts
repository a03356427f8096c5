import type { JobContext } from "@ticketlock/harness";
import { type CatalogueEntry, describeAdapter } from "../plan/catalogue.ts";

/** Asks an adapter, in its own runtime, what it declares; `null` if it starts no contenders. */
export default function catalogue({ adapters: [adapter] }: JobContext): CatalogueEntry | null {
  return adapter === undefined ? null : describeAdapter(adapter);
}
