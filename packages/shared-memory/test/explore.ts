import {
  explore as exploreModel,
  type Model,
  type Search,
  type Verdict,
} from "@ticketlock/explorer";
import { exploration } from "../src/exploration.ts";

/** Runs this package's code under every interleaving. */
export function explore(model: Model, search?: Search): Verdict {
  return exploreModel({ seam: exploration, ...model }, search);
}
