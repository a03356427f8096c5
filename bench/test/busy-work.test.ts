import process from "node:process";
import { expect, test } from "vitest";
import { busyWork, spinsFor } from "../src/run/busy-work.ts";

const now = (): bigint => process.hrtime.bigint();

/** CPU time, not wall time: a busy machine makes work wait, but not longer. */
function cpuUsOf(us: number): number {
  const spins = spinsFor(us, now);
  const calls = 30_000 / us;
  const before = process.cpuUsage();
  for (let i = 0; i < calls; i++) busyWork(spins);
  const { user, system } = process.cpuUsage(before);
  return (user + system) / calls;
}

test.each([1, 10, 100])(
  "a section of %i us is that long once warm, whatever tier its loop is at",
  (us) => {
    cpuUsOf(us);
    const measured = cpuUsOf(us);
    expect(measured).toBeGreaterThan(us * 0.7);
    expect(measured).toBeLessThan(us * 2.5);
  },
);

test("a section of 0 us does nothing", () => {
  expect(spinsFor(0, now)).toBe(0);
});
