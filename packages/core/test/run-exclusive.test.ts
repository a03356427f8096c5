import { describe, expect, test } from "vitest";
import { type Guard, runExclusive } from "../src/index.ts";
import { FakeLock, fakeGuarantees } from "./fake-lock.ts";

function newLock(): FakeLock {
  return new FakeLock({ module: "m", kind: "fake", version: 1, data: 0 }, fakeGuarantees);
}

describe("runExclusive", () => {
  test("returns what the section returns, promised or not, and frees the lock", async () => {
    const lock = newLock();
    expect(await lock.runExclusive(() => 1)).toBe(1);
    expect(await lock.runExclusive(async () => 2)).toBe(2);
    expect(lock.query().held).toBe(false);
  });

  test("frees the lock when the section throws, at once or later", async () => {
    const lock = newLock();
    const thrown = new Error("in the section");
    const throwing = (): never => {
      throw thrown;
    };
    await expect(lock.runExclusive(throwing)).rejects.toBe(thrown);
    await expect(lock.runExclusive(async () => throwing())).rejects.toBe(thrown);
    expect(lock.query().held).toBe(false);
  });

  test("lets the section's error through when the release fails as well", async () => {
    const lock = newLock();
    const guard = (await lock.acquire()) as { release(): void };
    guard.release = () => {
      throw new Error("the hold was lost");
    };
    const acquire = async (): Promise<Guard> => guard as Guard;
    const thrown = new Error("in the section");
    const section = async (): Promise<never> => {
      throw thrown;
    };
    await expect(runExclusive({ acquire }, section)).rejects.toBe(thrown);
    await expect(runExclusive({ acquire }, () => 1)).rejects.toThrow("the hold was lost");
  });

  test("holds the lock until a thenable that the section returns has settled", async () => {
    const lock = newLock();
    let heldWhenSettling: boolean | undefined;
    const thenable = {
      // A thenable that is no promise, as query builders are.
      // oxlint-disable-next-line unicorn/no-thenable -- a thenable is what is to be awaited
      then(resolve: (value: string) => void) {
        setImmediate(() => {
          heldWhenSettling = lock.query().held;
          resolve("late");
        });
      },
    } as unknown as Promise<string>;
    expect(await lock.runExclusive(() => thenable)).toBe("late");
    expect(heldWhenSettling).toBe(true);
  });
});
