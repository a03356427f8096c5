import { LEAST_BAND, noiseFloor, type NoiseFloor } from "../compare/noise-floor.ts";
import type { ReportCell } from "./report.ts";

/** What the twins of a run show of its noise, and what follows from it for its own cells. */
export interface RunNoise extends NoiseFloor {
  /** A smaller ratio between two cells says nothing: the spread, but no less than the least band. */
  readonly floor: number;
}

/** @param cells - all cells of a report */
export function runNoise(cells: readonly ReportCell[]): RunNoise {
  const noise = noiseFloor(cells);
  return { ...noise, floor: Math.max(noise.spread, LEAST_BAND) };
}

/** What a reader must know before he takes two rows for different. */
export function noiseSentence({ twins, spread, floor }: RunNoise): string {
  if (twins.length === 0)
    return `No cell was measured twice, so what a difference must exceed to say anything is not known; one below x${floor.toFixed(2)} says nothing in any case.`;
  const [shown, least] = [spread.toFixed(2), floor.toFixed(2)];
  return `The same cell measured twice differed by up to x${shown}; a ${shown === least ? "smaller difference" : `difference below x${least}`} says nothing.`;
}
