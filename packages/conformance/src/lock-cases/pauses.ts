import { isPausableSession, type PausableSession } from "@ticketlock/core";
import { equal, expect, rejects } from "../kit/expect.ts";
import { until, watch } from "../kit/limit.ts";
import type { Stage } from "../kit/stage.ts";
import type { Way } from "../kit/taking.ts";
import type { WaitInTurnInput } from "../workloads/wait-in-turn.ts";
import { expectFree, expectHeld } from "./guards.ts";
import { blocks, type LockCase, type LockUnderTest, servesProcesses } from "./lock-case.ts";

const SHORT_MS = 30;
const CAPACITY = 5;

/** Locks whose hold lasts until its holder ends it or dies. */
const holdsForGood = ({ guarantees }: LockUnderTest): boolean => guarantees.ownerDeath !== "lease";

/** Processes can be stopped from outside, by anybody; so a session of processes must offer it. */
function pausable(stage: Stage): PausableSession {
  const { session } = stage;
  expect(isPausableSession(session), "a session of processes can pause them");
  return session;
}

/** One who waits is stopped: it must not take along what it is woken for. */
function pausedWaiter(way: Way): LockCase {
  return {
    name: `a waiter that is stopped holds up nobody but those behind it in line, waiting with ${way === "sync" ? "acquireSync" : "acquire"}`,
    contenders: true,
    applies: (lock) => servesProcesses(lock) && (way === "async" || blocks(lock)),
    run: async (arena, { kind, guarantees }) => {
      const stage = await arena.stage({ lock: { kind } });
      const session = pausable(stage);
      // Where grants are not in order, nobody may stand behind it: it is the first to wait.
      const stopped = guarantees.fifo ? stage.count - 1 : 0;
      const granted: number[] = [];
      const guard = await arena.acquire(stage.lock);
      const onRequest = async (topic: string, body: unknown, index: number): Promise<unknown> => {
        if (topic === "granted") return void granted.push(index);
        return (await stage.lock.query()).waiters === Number(body);
      };
      const run = watch(
        stage.values<WaitInTurnInput, number>("wait-in-turn", { way }, { onRequest }),
      );
      await stage.waiters(stage.count);
      await session.pause(stopped);
      await guard.release();
      await until(
        arena.limitMs,
        "all others are granted while one stands still",
        () => granted.length >= stage.count - 1 || run.settled,
      );
      expect(!granted.includes(stopped), "who stands still tells nothing");
      await session.resume(stopped);
      await run.result;
      equal(granted.at(-1), stopped, "who stood still is granted when it goes on");
      await expectFree(arena, stage.lock, "after all");
    },
  };
}

/** Contenders that stand still: to the others they are merely slow. */
export const pauseCases: readonly LockCase[] = [
  pausedWaiter("async"),
  pausedWaiter("sync"),
  {
    name: "a holder that is stopped keeps the lock: waiters time out, and nothing is lost when it goes on",
    contenders: true,
    applies: (lock) => servesProcesses(lock) && holdsForGood(lock),
    run: async (arena, { kind, storeKind }) => {
      const options = { capacity: CAPACITY };
      const stage = await arena.stage({
        lock: { kind },
        contenders: 2,
        ...(storeKind === undefined ? {} : { store: { kind: storeKind, options } }),
      });
      const session = pausable(stage);
      const { token } = await stage.step(0, { do: "acquire", as: "held" });
      await session.pause(0);
      await rejects(
        () => arena.within("acquire() settles", stage.lock.acquire({ timeoutMs: SHORT_MS })),
        "LOCK_TIMEOUT",
        "who waits for a holder that stands still times out",
      );
      await expectHeld(arena, stage.lock, "by one that stands still");
      const patient = watch(stage.lock.acquire());
      await stage.waiters(1);
      expect(!patient.settled, "nobody is granted what is held");
      await session.resume(0);
      if (storeKind !== undefined) await stage.step(0, { do: "takeTicket", as: "held" });
      await stage.step(0, { do: "release", as: "held" });
      const next = await arena.within("the patient waiter is granted", patient.result);
      expect(!next.abandoned, "nobody has died, so the guard is not abandoned");
      if (token) expect(next.token > token, "the next token is higher");
      if (storeKind !== undefined) {
        const { remaining } = await stage.store.read(next.token);
        equal(remaining, CAPACITY - 1, "what a holder does after it stood still is done");
      }
      await next.release();
      await expectFree(arena, stage.lock, "after both");
    },
  },
  {
    name: "a session that is closed while contenders stand still ends them, whatever they hold or wait for",
    contenders: true,
    applies: servesProcesses,
    run: async (arena, { kind }) => {
      const stage = await arena.stage({ lock: { kind }, contenders: 3 });
      const session = pausable(stage);
      await stage.step(0, { do: "acquire", as: "held" });
      await stage.play(1, { do: "begin", as: "waiting" });
      await stage.waiters(1);
      await Promise.all([0, 1, 2].map((index) => session.pause(index)));
      await arena.within("the session closes", session.close());
    },
  },
];
