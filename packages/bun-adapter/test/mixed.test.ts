import { isJournaledStore, openSession, type Sale, type Session } from "@ticketlock/core";
import { adapter as deno } from "@ticketlock/deno-adapter/adapter";
import { adapter as node } from "@ticketlock/node-cluster/adapter";
import { expect, test } from "vitest";
import { adapter as bun } from "../src/adapter.ts";
import type { Done } from "./workloads/sell-and-count.ts";

const CAST = ["node", "deno", "bun", "node", "deno", "bun"];
const TURNS = 1_000;
/** More than all turns take, so that there is something left to buy. */
const CAPACITY = 2 * CAST.length * TURNS;
const workload = new URL("workloads/sell-and-count.ts", import.meta.url);

/** Two processes of each runtime, one lock, one store; the owner is this process of Node. */
function open(): Promise<Session> {
  return openSession({
    adapters: [node, deno, bun],
    contenders: CAST.length,
    lock: { kind: "mapped" },
    store: { kind: "mapped", options: { capacity: CAPACITY } },
  });
}

async function salesOf({ store }: Session): Promise<Sale[]> {
  if (store === undefined || !isJournaledStore(store)) throw new TypeError("It has no journal.");
  const sales: Sale[] = [];
  for await (const sale of store.sales()) sales.push(sale);
  return sales;
}

/** Everything is sold, each ticket and each order once. */
function expectSoldOut(sales: readonly Sale[]): void {
  expect(sales.map(({ firstSerial }) => firstSerial)).toEqual([...Array(CAPACITY).keys()]);
  expect(new Set(sales.map(({ order }) => order)).size).toBe(CAPACITY);
}

test("Two processes each of Node, Deno and Bun sell one store out under one lock", async () => {
  await using session = await open();
  const outcomes = await session.run<number, Done>(workload, TURNS);
  const done = outcomes.flatMap((outcome) => (outcome.status === "done" ? [outcome.value] : []));
  expect(done.map(({ runtime }) => runtime)).toEqual(CAST);
  const sales = await salesOf(session);
  expectSoldOut(sales);
  expect(done.flatMap(({ orders }) => orders).toSorted()).toEqual(
    sales.map(({ order }) => order).toSorted(),
  );
  // Node's clock is the owner's; the others know how far off they may be.
  const errors = done.map(({ clockErrorNs }) => clockErrorNs > 0);
  expect(errors).toEqual(CAST.map((runtime) => runtime !== "node"));
});

test("and when one of each is killed, the others sell the rest: nothing is sold twice, and nothing lost", async () => {
  await using session = await open();
  const victims = [0, 1, 2];
  const outcomes = await session.run<number, Done>(workload, TURNS, {
    onSend(_topic, _body, index) {
      if (victims.includes(index)) void session.crash(index);
    },
  });
  expect(outcomes.map(({ status }) => status)).toEqual(
    CAST.map((_, index) => (victims.includes(index) ? "crashed" : "done")),
  );
  const sales = await salesOf(session);
  expectSoldOut(sales);
  const orders = new Set(sales.map(({ order }) => order));
  const told = outcomes.flatMap((one) => (one.status === "done" ? one.value.orders : []));
  expect(told.filter((order) => !orders.has(order))).toEqual([]);
  expect((await session.locks[0]!.query()).held).toBe(false);
});
