import type { Stage } from "../stage.ts";
import type { Findings } from "../verdict.ts";
import type { TakeTurnsInput, TakeTurnsReport } from "../workloads/take-turns.ts";

const ROUNDS = 5;

/** Contenders act in a fixed order, round after round, without looking at anything again and again. */
export async function turns(stage: Stage): Promise<Findings> {
  const { casting, expectations, contenders, thinkMs } = stage;
  const lock = casting.lock(stage.options.lock, { fifo: true });
  const { fifo } = casting.locks.get(lock)!;
  return stage.withSession({ lock: { kind: lock } }, async (session) => {
    const input: TakeTurnsInput = { rounds: ROUNDS, thinkMs };
    const part = await stage.play<TakeTurnsReport>(session, "take-turns", input, {
      title: `${contenders} contenders take turns`,
    });
    const order = orderOf(part.reports);
    stage.expectAllDone(part.outcomes);
    expectations.equal("overlaps", part.overlaps, 0);
    expectations.equal("turns", order.length, ROUNDS * contenders);
    const due = letters(contenders).repeat(ROUNDS);
    if (fifo) expectations.equal("order", order, due);
    const { wallMs, cpuMs, waiterCpuMs, overlaps } = part;
    return {
      lock, wallMs, cpuMs, waiterCpuMs, overlaps,
      remarks: [
        `they acted in this order: ${order}`,
        fifo ? "the lock grants in order of arrival, so the rotation is strict" : "the lock does not grant in order of arrival, so any order is right; choose a FIFO lock for a rotation",
      ],
      details: { order, strict: order === due, fifo, rounds: ROUNDS, thinkMs },
    }; // prettier-ignore
  });
}

function letters(count: number): string {
  return Array.from({ length: count }, (_, index) => letter(index)).join("");
}

function letter(index: number): string {
  return String.fromCharCode(65 + index);
}

function orderOf(reports: readonly TakeTurnsReport[]): string {
  const all = reports.flatMap((report, index) =>
    report.turnsNs.map((ns) => ({ ns: BigInt(ns), index })),
  );
  return all
    .sort((a, b) => (a.ns < b.ns ? -1 : 1))
    .map(({ index }) => letter(index))
    .join("");
}
