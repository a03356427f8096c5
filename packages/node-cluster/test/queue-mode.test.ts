import { ORDER_TOPIC, openSession, type Order, sellQueued } from "@ticketlock/core";
import { describe, expect, it, onTestFinished } from "vitest";
import { adapter } from "../src/index.ts";

const BUYERS = 3;
const ORDERS = 10;
const CAPACITY = 7;
const kinds = adapter.stores.flatMap((provider) => [...provider.kinds.keys()]);

describe.each(kinds)("mode queue on store %s, owned by the primary", (kind) => {
  it("sells exactly what there is, one order after the other, and takes no lock", async () => {
    const session = await openSession({
      adapters: [adapter],
      contenders: BUYERS,
      lock: { kind: "ipc" },
      store: { kind, options: { capacity: CAPACITY } },
    });
    onTestFinished(() => session.close());
    const answers: boolean[] = [];
    let inside = 0;
    const outcomes = await session.run<number, number>(
      new URL("./workloads/send-orders.ts", import.meta.url),
      ORDERS,
      {
        onRequest: async (topic, body) => {
          expect(topic).toBe(ORDER_TOPIC);
          expect(++inside).toBe(1);
          const sold = await sellQueued(session.store!, body as Order);
          inside--;
          answers.push(sold);
          return sold;
        },
      },
    );
    const told = outcomes.map((outcome) => (outcome.status === "done" ? outcome.value : NaN));
    expect(told.reduce((sum, sold) => sum + sold, 0)).toBe(CAPACITY);
    expect(answers).toEqual(Array.from({ length: BUYERS * ORDERS }, (_, i) => i < CAPACITY));
    expect((await session.store!.read()).remaining).toBe(0);
    expect((await session.locks[0]!.query()).token).toBe(0);
  });

  it("goes on when a buyer is killed, and sells no ticket of its dropped orders twice", async () => {
    const session = await openSession({
      adapters: [adapter],
      contenders: BUYERS,
      lock: { kind: "ipc" },
      store: { kind, options: { capacity: CAPACITY } },
    });
    onTestFinished(() => session.close());
    let sold = 0;
    let killed: Promise<void> | undefined;
    const outcomes = await session.run<number, number>(
      new URL("./workloads/send-orders.ts", import.meta.url),
      ORDERS,
      {
        onRequest: async (_topic, body, index) => {
          if (index === 0) await (killed ??= session.crash(0));
          const yes = await sellQueued(session.store!, body as Order);
          if (yes) sold++;
          return yes;
        },
      },
    );
    expect(outcomes.map(({ status }) => status)).toEqual(["crashed", "done", "done"]);
    expect(sold).toBe(CAPACITY);
    expect((await session.store!.read()).remaining).toBe(0);
  });
});
