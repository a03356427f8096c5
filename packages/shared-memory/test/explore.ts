import { type Explore, explorerFor } from "@ticketlock/explorer";
import { exploration } from "../src/exploration.ts";

/** Runs this package's code under every interleaving. */
export const explore: Explore = explorerFor(exploration);
