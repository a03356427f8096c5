import { expect, test } from "vitest";
import { OwnerClock } from "../src/owner-clock.ts";

/** Two clocks of one rate, and answers that take as long as they are told. */
function clocks(delaysNs: readonly (readonly [there: bigint, back: bigint])[]): {
  readonly ownNs: () => bigint;
  readonly askOwnerNs: () => Promise<bigint>;
  readonly aheadNs: bigint;
} {
  let timeNs = 0n;
  let round = 0;
  const aheadNs = 5_000_000_000n;
  return {
    aheadNs,
    ownNs: () => timeNs,
    async askOwnerNs() {
      const [there, back] = delaysNs[round++ % delaysNs.length]!;
      timeNs += there;
      const ownerNs = timeNs + aheadNs;
      timeNs += back;
      return ownerNs;
    },
  };
}

test("OwnerClock takes the quickest answer, and is wrong by half of what it took at most", async () => {
  const { ownNs, askOwnerNs, aheadNs } = clocks([
    [9_000n, 90_000n],
    [100n, 900n],
    [70_000n, 3_000n],
  ]);
  const clock = await OwnerClock.calibrate(ownNs, askOwnerNs);
  expect(clock.errorNs).toBe(500);
  expect(clock.nowNs() - (ownNs() + aheadNs)).toBe(-400n);
});

test("OwnerClock says of a shared clock that there is no error", () => {
  const clock = OwnerClock.shared(() => 7n);
  expect([clock.nowNs(), clock.errorNs]).toEqual([7n, 0]);
});
