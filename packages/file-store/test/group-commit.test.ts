import { isTicketlockError, TicketlockError } from "@ticketlock/core";
import { describe, expect, it } from "vitest";
import { BUSY } from "../src/busy.ts";
import { type CommitGroup, GroupCommit } from "../src/group-commit.ts";

const LIMIT_MS = 5_000;

/** Commits by answering each wish with its tenfold, and keeps the groups. */
function recorder(): { groups: number[][]; commit: CommitGroup<number, number> } {
  const groups: number[][] = [];
  return {
    groups,
    commit: (take) => {
      const group = take();
      groups.push([...group]);
      return group.map((wish) => wish * 10);
    },
  };
}

describe("GroupCommit", () => {
  it("commits together what comes within one turn of the event loop, in order, and answers after it", async () => {
    const { groups, commit } = recorder();
    const group = new GroupCommit("path", LIMIT_MS, commit);
    const answers = [group.add(1), group.add(2)];
    await Promise.resolve(); // still the same turn
    answers.push(group.add(3));
    expect(groups).toEqual([]);
    expect(await Promise.all(answers)).toEqual([10, 20, 30]);
    expect(groups).toEqual([[1, 2, 3]]);
    expect(await group.add(4)).toBe(40);
    expect(groups).toEqual([[1, 2, 3], [4]]);
  });

  it("tells each its own error", async () => {
    const error = new TicketlockError("STORE_STALE_TOKEN", "stale");
    const group = new GroupCommit<number, number>("path", LIMIT_MS, (take) =>
      take().map((wish) => (wish === 2 ? error : wish)),
    );
    const ended = await Promise.allSettled([group.add(1), group.add(2), group.add(3)]);
    expect(ended.map(({ status }) => status)).toEqual(["fulfilled", "rejected", "fulfilled"]);
    expect(ended[1]).toEqual({ status: "rejected", reason: error });
  });

  it("tells all of a group that its commit failed, and goes on with the next", async () => {
    let isFull = true;
    const group = new GroupCommit<number, number>("path", LIMIT_MS, (take) => {
      const wishes = take();
      if (isFull) throw new TicketlockError("STORE_UNAVAILABLE", "full");
      return wishes;
    });
    const ended = await Promise.allSettled([group.add(1), group.add(2)]);
    expect(ended.map(({ status }) => status)).toEqual(["rejected", "rejected"]);
    isFull = false;
    expect(await group.add(3)).toBe(3);
  });

  it("looks again while the store is busy, and takes along what has come meanwhile", async () => {
    let looks = 0;
    const { groups, commit } = recorder();
    const late: Promise<number>[] = [];
    const group: GroupCommit<number, number> = new GroupCommit("path", LIMIT_MS, (take) => {
      if (++looks > 3) return commit(take);
      late.push(group.add(looks + 1));
      return BUSY;
    });
    expect(await group.add(1)).toBe(10);
    expect(await Promise.all(late)).toEqual([20, 30, 40]);
    expect(groups).toEqual([[1, 2, 3, 4]]);
  });

  it("keeps its order when a lock that was taken is lost again", async () => {
    let looks = 0;
    const { groups, commit } = recorder();
    const group = new GroupCommit<number, number>("path", LIMIT_MS, (take) => {
      if (++looks > 1) return commit(take);
      take();
      return BUSY;
    });
    expect(await Promise.all([group.add(1), group.add(2)])).toEqual([10, 20]);
    expect(groups).toEqual([[1, 2]]);
  });

  it("gives up on a store that stays busy, and on nothing younger than the limit", async () => {
    const group = new GroupCommit<number, number>("path", 30, () => BUSY);
    const error: unknown = await group.add(1).catch((thrown: unknown) => thrown);
    expect(isTicketlockError(error, "STORE_UNAVAILABLE")).toBe(true);
    expect(String(error)).toContain("busy for 30 ms");
    await group.end();
  });

  it("commits at most 512 at a time, and lets the event loop turn in between", async () => {
    const { groups, commit } = recorder();
    const group = new GroupCommit("path", LIMIT_MS, commit);
    const answers = Array.from({ length: 1_200 }, (_, i) => group.add(i));
    let turns = 0;
    const turn = (): void => {
      turns++;
      if (groups.length < 3) setImmediate(turn);
    };
    setImmediate(turn);
    await Promise.all(answers);
    expect(groups.map(({ length }) => length)).toEqual([512, 512, 176]);
    expect(turns).toBeGreaterThan(1);
  });

  it("refuses more than 65 536 that wait", async () => {
    const { commit } = recorder();
    const group = new GroupCommit("path", LIMIT_MS, commit);
    const answers = Array.from({ length: 65_536 }, (_, i) => group.add(i));
    expect(() => group.add(0)).toThrow(expect.objectContaining({ code: "QUEUE_FULL" }) as Error);
    await Promise.all(answers);
    expect(await group.add(1)).toBe(10);
  });

  it("ends when nothing waits any more", async () => {
    const { groups, commit } = recorder();
    const group = new GroupCommit("path", LIMIT_MS, commit);
    await group.end();
    const answer = group.add(1);
    await group.end();
    expect(groups).toEqual([[1]]);
    expect(await answer).toBe(10);
  });
});
