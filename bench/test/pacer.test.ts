import { describe, expect, test } from "vitest";
import { Pacer } from "../src/run/pacer.ts";

const MS = 1_000_000n;
/** A look at this clock takes as long as one of Deno's. */
const LOOK_NS = 500;

/** A clock that goes on by what operations take, and a contender that runs batches by it. */
class Simulated {
  readonly batches: number[] = [];
  readonly pacer: Pacer;
  #nowNs = 0;

  constructor(contended = true) {
    this.pacer = new Pacer(() => {
      this.#nowNs += LOOK_NS;
      return BigInt(Math.round(this.#nowNs));
    }, contended);
  }

  /** A window in which a batch's operations take so long each. */
  window(lengthMs: number, operationNs: (batch: number) => number): ReturnType<Pacer["runSync"]> {
    const beginNs = BigInt(Math.round(this.#nowNs));
    const endNs = beginNs + BigInt(lengthMs) * MS;
    this.batches.length = 0;
    return this.pacer.runSync({ beginNs, endNs, tailNs: endNs }, (count) => {
      this.batches.push(count);
      this.#nowNs += count * operationNs(this.batches.length);
    });
  }

  get largest(): number {
    return Math.max(...this.batches);
  }
}

describe("Pacer of a contender that has rivals", () => {
  test("looks at the clock for less than 2 % of the time while operations are short", () => {
    const contender = new Simulated();
    const { looks, beganNs, endedNs } = contender.window(100, () => 12);
    expect((looks * LOOK_NS) / Number(endedNs - beganNs)).toBeLessThan(0.02);
    expect(contender.largest).toBe(4_096);
  });

  test("keeps to small batches until the window's end once it had to stand in a queue", () => {
    const contender = new Simulated();
    contender.window(2_000, (batch) => (batch >= 20 && batch < 24 ? 80_000 : 12));
    expect(contender.batches.slice(24).every((batch) => batch <= 256)).toBe(true);
    // Another window is another queue.
    contender.window(100, () => 12);
    expect(contender.largest).toBe(4_096);
  });

  test("knows a queue also where no batch has many operations", () => {
    const contender = new Simulated();
    contender.window(100, (batch) => (batch < 20 ? 80_000 : 12));
    expect(contender.largest).toBe(256);
  });

  test("does not take a core that was lost once for a queue", () => {
    const contender = new Simulated();
    contender.window(100, (batch) => (batch === 20 ? 1_000 : 12));
    expect(contender.batches.slice(40)).toContain(4_096);
  });

  test("runs a batch of no more operations than last half a millisecond where they wait a little", () => {
    const contender = new Simulated();
    contender.window(100, () => 400);
    expect(contender.largest).toBeGreaterThan(256);
    expect(contender.largest * 400).toBeLessThanOrEqual(600_000);
  });

  test("counts the looks of what counts", () => {
    const contender = new Simulated();
    const { looks, operations } = contender.window(10, () => 80_000);
    expect(looks).toBe(contender.batches.length);
    expect(operations).toBe(contender.batches.reduce((sum, count) => sum + count, 0));
  });
});

test("Pacer of a contender without rivals grows its batches as far as they are short", () => {
  const alone = new Simulated(false);
  alone.window(100, () => 5);
  expect(alone.largest * 5).toBeGreaterThan(150_000);
});
