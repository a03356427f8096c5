import type { MaybePromise } from "@ticketlock/core";
import { equal, expect, rejects, rejectsWith } from "../kit/expect.ts";
import { rest } from "../kit/limit.ts";
import { expectFree, expectHeld } from "./guards.ts";
import type { LockCase } from "./lock-case.ts";

/** `runExclusive`: whatever the section does, the lock is held while it does, and free afterwards. */
export const sectionCases: readonly LockCase[] = [
  {
    name: "runExclusive gives what the section gives, and holds the lock meanwhile",
    quick: true,
    run: async (arena, { kind }) => {
      const lock = await arena.lock(kind);
      const section = lock.runExclusive(async (guard) => {
        await expectHeld(arena, lock, "while the section runs");
        return guard.token;
      });
      equal(
        typeof (await arena.within("the section ends", section)),
        "number",
        "the section's value comes through",
      );
      equal(
        await arena.within(
          "the section ends",
          lock.runExclusive(() => "plain"),
        ),
        "plain",
        "a plain value comes through",
      );
      await expectFree(arena, lock, "after the sections");
    },
  },
  {
    name: "a section that throws synchronously releases the lock, and its error comes through",
    quick: true,
    run: async (arena, { kind }) => {
      const lock = await arena.lock(kind);
      const error = new Error("thrown in the section");
      const section = (): never => {
        throw error;
      };
      await rejectsWith(
        () => arena.within("runExclusive() settles", lock.runExclusive(section)),
        error,
        "the section's error comes through",
      );
      await expectFree(arena, lock, "after a section threw");
    },
  },
  {
    name: "a section whose promise rejects releases the lock, and its reason comes through",
    quick: true,
    run: async (arena, { kind }) => {
      const lock = await arena.lock(kind);
      const reason = { rejected: "in the section" };
      const section = async (): Promise<never> => {
        await rest();
        throw reason;
      };
      await rejectsWith(
        () => arena.within("runExclusive() settles", lock.runExclusive(section)),
        reason,
        "the section's reason comes through",
      );
      await expectFree(arena, lock, "after a section rejected");
    },
  },
  {
    name: "a thenable that the section returns is awaited before the release",
    quick: true,
    run: async (arena, { kind }) => {
      const lock = await arena.lock(kind);
      let end: ((value: string) => void) | undefined;
      // oxlint-disable-next-line unicorn/no-thenable -- a thenable is what is to be tried
      const thenable = { then: (resolve: (value: string) => void): void => void (end = resolve) };
      const section = lock.runExclusive(() => thenable as unknown as MaybePromise<string>);
      for (let i = 0; i < 3; i++) await rest();
      expect(end !== undefined, "the thenable's then is called");
      await expectHeld(arena, lock, "until the section's thenable has settled");
      end("from a thenable");
      equal(
        await arena.within("the section ends", section),
        "from a thenable",
        "the thenable's value comes through",
      );
      await expectFree(arena, lock, "after the thenable settled");
    },
  },
  {
    name: "runExclusive does not run the section when the wait is given up",
    run: async (arena, { kind }) => {
      const lock = await arena.lock(kind);
      const guard = await arena.acquire(lock);
      let ran = false;
      const section = (): void => {
        ran = true;
      };
      await rejects(
        () => arena.within("runExclusive() settles", lock.runExclusive(section, { timeoutMs: 5 })),
        "LOCK_TIMEOUT",
        "runExclusive passes timeoutMs on",
      );
      await rejectsWith(
        () =>
          arena.within(
            "runExclusive() settles",
            lock.runExclusive(section, { signal: AbortSignal.abort("no") }),
          ),
        "no",
        "runExclusive passes the signal on",
      );
      await guard.release();
      await rest();
      expect(!ran, "a section whose wait was given up does not run");
      await expectFree(arena, lock, "after all");
    },
  },
];
