import {
  type Order,
  ORDER_TOPIC,
  type SellingMode,
  sellingModes,
  sellQueued,
  type StoreGuarantees,
} from "@ticketlock/core";
import type { Arena } from "./kit/arena.ts";
import { equal } from "./kit/expect.ts";
import { expectWholeJournal } from "./store-cases/store-case.ts";
import type { SellInModeInput } from "./workloads/sell-in-mode.ts";

/** A way of selling, on a kind of store, behind a kind of lock if the mode takes the shared one. */
export interface ModeUnderTest {
  readonly mode: SellingMode;
  readonly lockKind: string | undefined;
  readonly storeKind: string;
  readonly storeGuarantees: StoreGuarantees;
}

/** One outcome that a selling mode owes. */
export interface ModeCase {
  /** The promise, in words. Tests are named after it. */
  readonly name: string;
  /** Which modes: those that owe an exact outcome, or the controls that must race. */
  readonly exact: boolean;
  /** True if it is also tried with contenders of several runtimes together. */
  readonly runtimes?: boolean;
  readonly run: (arena: Arena, modeUnderTest: ModeUnderTest) => Promise<void>;
}

/** Sells from all contenders; how many buyers were told yes, and what the store says. */
async function play(
  arena: Arena,
  under: ModeUnderTest,
  capacity: number,
  orders: number,
  meets: boolean,
): Promise<{ told: number; remaining: number }> {
  const { mode, lockKind, storeKind, storeGuarantees } = under;
  const stage = await arena.stage({
    lock: { kind: lockKind },
    // Room for every order: what races may enter more sales than there are tickets.
    store: { kind: storeKind, options: { capacity, maxSales: orders } },
  });
  const input: SellInModeInput = { mode, orders: orders / arena.contenders, meets };
  const onRequest = (topic: string, body: unknown): unknown =>
    topic === ORDER_TOPIC ? sellQueued(stage.store, body as Order) : null;
  const told = await stage.values<SellInModeInput, number>("sell-in-mode", input, {
    onRequest,
    start: sellingModes[mode].start,
  });
  if (sellingModes[mode].exact && storeGuarantees.journal)
    await expectWholeJournal(stage.store, `sold by ${mode}`);
  const { remaining } = await stage.store.read();
  return { told: told.reduce((sum, count) => sum + count, 0), remaining };
}

/** What every way of selling owes on every store that fits. */
export const modeCases: readonly ModeCase[] = [
  {
    name: "one ticket left is sold exactly once",
    exact: true,
    run: async (arena, under) => {
      const { told, remaining } = await play(arena, under, 1, arena.contenders, true);
      equal([told, remaining], [1, 0], "one buyer is told yes, and nothing is left");
    },
  },
  {
    name: "of 200 orders for 50 tickets exactly 50 are sold",
    exact: true,
    runtimes: true,
    run: async (arena, under) => {
      const orders = Math.ceil(200 / arena.contenders) * arena.contenders;
      const { told, remaining } = await play(arena, under, 50, orders, false);
      equal([told, remaining], [50, 0], "50 buyers are told yes, and nothing is left");
    },
  },
  {
    name: "really races: everyone is told yes for one ticket",
    exact: false,
    run: async (arena, under) => {
      const { told } = await play(arena, under, 1, arena.contenders, true);
      equal(told, arena.contenders, "without a shared lock every buyer is told yes");
    },
  },
];
