import { replayLine } from "../run/kept-folder.ts";
import type { PlayedRound } from "../run/round-player.ts";
import { duration } from "./report.ts";

/** A line of progress at most so often. */
const EACH_MS = 10_000;

/** Tells how a run goes: each violation at once, and now and then how far it has come. */
export class Progress {
  readonly #say: (line: string) => void;
  readonly #startedMs = performance.now();
  #toldMs = 0;
  #rounds = 0;
  #violations = 0;

  constructor(say: (line: string) => void) {
    this.#say = say;
  }

  note({ plan, findings }: PlayedRound, kept: string): void {
    this.#rounds++;
    this.#violations += findings.length;
    for (const { promise, sentence } of findings)
      this.#say(`VIOLATION of ${promise} in round ${plan.round} (${plan.fault} on ${plan.cast || "a simulated disk"}): ${sentence} Kept in ${kept}; ${replayLine(plan)}`); // prettier-ignore
    const ms = performance.now() - this.#startedMs;
    if (ms - this.#toldMs < EACH_MS) return;
    this.#toldMs = ms;
    this.#say(`[${duration(ms)}] ${this.#rounds} rounds, ${this.#violations} violations; the last: ${plan.fault} on ${plan.cast || "a simulated disk"}`); // prettier-ignore
  }
}
