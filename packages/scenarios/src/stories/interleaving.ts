import type { Stage } from "../stage.ts";
import type { Findings } from "../verdict.ts";
import { type PrintStepsInput, type PrintStepsReport, STEPS } from "../workloads/print-steps.ts";

/** The same three steps of each contender, without and with a lock. */
export async function interleaving(stage: Stage): Promise<Findings> {
  const { casting, expectations, contenders, thinkMs, freeRunning } = stage;
  const lock = casting.lock(stage.options.lock);
  return stage.withSession({ lock: { kind: lock } }, async (session) => {
    const input: PrintStepsInput = { locked: false, thinkMs, freeRunning };
    const loose = await stage.play<PrintStepsReport>(session, "print-steps", input, {
      title: "without a lock",
    });
    const locked = await stage.play<PrintStepsReport>(
      session,
      "print-steps",
      { ...input, locked: true },
      { title: "with a lock" },
    );
    stage.expectAllDone([...loose.outcomes, ...locked.outcomes]);
    const [looseOrder, lockedOrder] = [order(loose.reports), order(locked.reports)];
    // Their thinks run side by side, whatever the clock says of it on a busy machine.
    if (!freeRunning)
      expectations.that(
        goesRound(looseOrder, contenders),
        `without a lock the steps did not go round: ${looseOrder.join(" ")}`,
      );
    expectations.that(
      standTogether(lockedOrder),
      `with a lock the steps of different contenders mixed: ${lockedOrder.join(" ")}`,
    );
    expectations.equal("overlaps", locked.overlaps, 0);
    if (thinkMs > 0) {
      const sumMs = contenders * STEPS * thinkMs;
      // A timer may fire up to a millisecond early.
      expectations.that(
        locked.wallMs >= sumMs - contenders * STEPS,
        `with a lock it took ${locked.wallMs.toFixed(0)} ms, less than the sum of all thinks, ${sumMs} ms`,
      );
    }
    return {
      lock,
      overlaps: locked.overlaps,
      wallMs: loose.wallMs + locked.wallMs,
      cpuMs: add(loose.cpuMs, locked.cpuMs),
      waiterCpuMs: locked.waiterCpuMs,
      remarks: [
        `without a lock: ${looseOrder.join(" ")} in ${loose.wallMs.toFixed(0)} ms`,
        `with a lock:    ${lockedOrder.join(" ")} in ${locked.wallMs.toFixed(0)} ms`,
      ],
      details: {
        thinkMs,
        unlockedOrder: looseOrder,
        lockedOrder,
        unlockedWallMs: loose.wallMs,
        lockedWallMs: locked.wallMs,
      },
    };
  });
}

/** Which contender took each step, in order of time. */
function order(reports: readonly PrintStepsReport[]): number[] {
  const steps = reports.flatMap((report, index) =>
    report.stepsNs.map((ns) => ({ ns: BigInt(ns), index })),
  );
  return steps.sort((a, b) => (a.ns < b.ns ? -1 : 1)).map((step) => step.index);
}

/** True if each contender's steps follow one another. */
function standTogether(order: readonly number[]): boolean {
  const changes = order.filter((index, place) => place > 0 && order[place - 1] !== index).length;
  return changes === new Set(order).size - 1;
}

/** True if everybody takes a step before anybody takes the next. */
function goesRound(order: readonly number[], contenders: number): boolean {
  return order.every(
    (index, place) => !order.slice(place - (place % contenders), place).includes(index),
  );
}

export function add(a: number | null, b: number | null): number | null {
  return a === null || b === null ? null : a + b;
}
