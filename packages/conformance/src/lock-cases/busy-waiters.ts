import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { equal } from "../kit/expect.ts";
import { until, watch } from "../kit/limit.ts";
import type { WaitWhileBusyInput } from "../workloads/wait-while-busy.ts";
import { expectFree } from "./guards.ts";
import { isFifo, type LockCase } from "./lock-case.ts";

const CONTENDERS = 3;

/** What is woken for must be taken by whoever can take it, not kept for one who is busy elsewhere. */
export const busyWaiterCases: readonly LockCase[] = [
  {
    name: "a waiter whose thread is busy is not given the lock before it can take it: the others are granted",
    contenders: true,
    // In a line that is in order, those behind it wait for it.
    applies: (lock) => !isFifo(lock),
    run: async (arena, { kind, guarantees }) => {
      const directory = mkdtempSync(join(tmpdir(), "ticketlock-conformance-"));
      arena.defer(() => rmSync(directory, { recursive: true, force: true }));
      const [blockedPath, goOnPath] = [join(directory, "blocked"), join(directory, "go-on")];
      const goOn = (): void => writeFileSync(goOnPath, "");
      arena.defer(() => existsSync(directory) && goOn());
      const stage = await arena.stage({
        lock: { kind },
        contenders: CONTENDERS,
        writes: [directory],
      });
      const granted: number[] = [];
      const onRequest = async (topic: string, _body: unknown, index: number): Promise<void> => {
        if (topic === "granted") granted.push(index);
        if (topic === "waits") await stage.waiters(1);
      };
      const guard = await arena.acquire(stage.lock);
      const input: WaitWhileBusyInput = { blockedPath, goOnPath, blocking: guarantees.blocking };
      const run = watch(
        stage.values<WaitWhileBusyInput, void>("wait-while-busy", input, { onRequest }),
      );
      await until(
        arena.limitMs,
        "the first contender's thread is busy",
        () => existsSync(blockedPath) || run.settled,
      );
      await stage.waiters(CONTENDERS);
      await guard.release();
      await until(
        arena.limitMs,
        "the others are granted while the first one's thread is busy",
        () => granted.length >= CONTENDERS - 1 || run.settled,
      );
      goOn();
      await run.result;
      equal(granted.at(-1), 0, "the busy one is granted when it has time for it");
      await expectFree(arena, stage.lock, "after all");
    },
  },
];
