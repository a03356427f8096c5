import type { JobContext } from "@ticketlock/harness";
import type { Measurement } from "../../src/figures/figure.ts";
import { measureZombies } from "../../src/figures/zombies.ts";

/** A few trials of the figure, in the runtime of the adapter. */
export default function tryZombies({ adapters, signal }: JobContext): Promise<Measurement> {
  return measureZombies(adapters[0]!, { trials: 40, controls: 8 }, signal);
}
