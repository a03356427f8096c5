import type { JobContext } from "@ticketlock/harness";
import { faults } from "../plan/faults.ts";
import { playInput } from "../round/input-round.ts";
import { LineUpRound } from "../round/line-up-round.ts";
import type { RoundOptions } from "../round/round-context.ts";
import type { PlayInput, RoundEvent, RoundReport } from "../round/round-report.ts";
import { playSales } from "../round/sales-round.ts";
import { SessionRound } from "../round/session-round.ts";

/** Plays rounds one after the other, in the first adapter's runtime; tells of each as it ends. How many it played. */
export default async function playRounds({
  adapters,
  input,
  emit,
  signal,
}: JobContext): Promise<number> {
  const { rounds, forMs, limitMs } = input as PlayInput;
  const tell = (event: RoundEvent): void => emit(event);
  const startedMs = performance.now();
  let played = 0;
  for (const { plan, folder, memory, phase } of rounds) {
    signal.throwIfAborted();
    if (performance.now() - startedMs > forMs) break;
    tell({ type: "begun", round: plan.round });
    const report = await play({ adapters, plan, folder, memory, phase, limitMs, signal, tell });
    tell({ type: "report", report });
    played++;
  }
  return played;
}

function play(options: RoundOptions): Promise<RoundReport> {
  switch (faults[options.plan.fault].run) {
    case "line-up":
      return new LineUpRound(options).play();
    case "sales":
      return playSales(options);
    case "input":
      return playInput(options);
    default:
      return new SessionRound(options).play();
  }
}
