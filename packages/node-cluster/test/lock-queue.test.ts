import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { LockQueue } from "../src/lock-queue.ts";

const names = ["a", "b", "c", "d", "e"] as const;
interface Waiter {
  readonly name: string;
}

describe("LockQueue", () => {
  it("grants a free lock at once and then in order of arrival", () => {
    const queue = new LockQueue<Waiter>(0, 8);
    const [a, b, c] = names.map((name) => ({ name })) as [Waiter, Waiter, Waiter];
    expect([queue.arrive(a, true), queue.arrive(b, true), queue.arrive(c, true)]).toEqual([
      "granted",
      "waiting",
      "waiting",
    ]);
    expect([queue.release(), queue.release(), queue.release()]).toEqual([b, c, undefined]);
    expect(queue.token).toBe(3);
  });

  it("refuses one waiter too many and who will not wait", () => {
    const queue = new LockQueue<Waiter>(0, 1);
    const arrive = (wait: boolean): string => queue.arrive({ name: "" }, wait);
    expect([arrive(true), arrive(false), arrive(true), arrive(true)]).toEqual([
      "granted",
      "busy",
      "waiting",
      "full",
    ]);
  });

  it("tells every later holder that one died, until somebody calls the data consistent", () => {
    const queue = new LockQueue<Waiter>(0, 8);
    names.forEach((name) => queue.arrive({ name }, true));
    queue.abandon();
    expect(queue.abandoned).toBe(true);
    queue.release();
    expect(queue.abandoned).toBe(true);
    queue.markConsistent();
    queue.release();
    expect(queue.abandoned).toBe(false);
  });

  it("agrees with a list and a counter whatever happens", () => {
    const step = fc.oneof(
      fc.record({ do: fc.constant("arrive" as const), wait: fc.boolean() }),
      fc.record({
        do: fc.constantFrom("release" as const, "abandon" as const, "markConsistent" as const),
      }),
      fc.record({ do: fc.constant("leave" as const), which: fc.nat(9) }),
    );
    const room = 4;
    fc.assert(
      fc.property(fc.nat(2 ** 40), fc.array(step, { maxLength: 60 }), (floor, steps) => {
        const queue = new LockQueue<Waiter>(floor, room);
        const everyone: Waiter[] = [];
        let holder: Waiter | undefined;
        let waiting: Waiter[] = [];
        let token = floor;
        let abandoned = false;
        const next = (): Waiter | undefined => {
          [holder, ...waiting] = waiting;
          if (holder !== undefined) token++;
          return holder;
        };
        for (const one of steps) {
          if (one.do === "arrive") {
            const waiter = { name: `${everyone.push({ name: "" })}` };
            everyone[everyone.length - 1] = waiter;
            const expected =
              holder === undefined
                ? "granted"
                : !one.wait
                  ? "busy"
                  : waiting.length < room
                    ? "waiting"
                    : "full";
            expect(queue.arrive(waiter, one.wait)).toBe(expected);
            if (expected === "waiting") waiting.push(waiter);
            if (expected === "granted") [holder, token] = [waiter, token + 1];
          } else if (one.do === "leave") {
            const leaver = everyone[one.which];
            if (leaver === undefined) continue;
            expect(queue.leave(leaver)).toBe(waiting.includes(leaver));
            waiting = waiting.filter((waiter) => waiter !== leaver);
          } else if (holder !== undefined) {
            if (one.do === "markConsistent") queue.markConsistent();
            else expect(queue[one.do]()).toBe(next());
            if (one.do !== "release") abandoned = one.do === "abandon";
          }
          expect([queue.holder, queue.waiters, queue.token, queue.abandoned]).toEqual([
            holder,
            waiting.length,
            token,
            abandoned,
          ]);
        }
      }),
    );
  });
});
