import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { formatCount } from "../src/contender/counting.ts";
import { COUNTER_NAME, type Note } from "../src/contender/notes.ts";
import { JOURNAL_NAME } from "../src/round/closing-books.ts";
import type { Injected } from "../src/round/round-report.ts";
import { found, WrittenRound } from "./support/written-round.ts";

const told = (token: number): Note => ({ what: "abandoned", token });
const consistent = (token: number): Note[] => [
  { what: "consistent", token, state: "called" },
  { what: "consistent", token, state: "returned" },
];

describe("a lock's history", () => {
  test("of holds one after the other, one of them after a death, is sound", () => {
    const round = new WrittenRound();
    round.section("c0", 1);
    round.hold("c1", 2);
    round.client("owner").died("c1");
    round.section("c0", 3, [told(3), ...consistent(3)]);
    round.section("c2", 4);
    const checked = round.check();
    expect(found(checked)).toEqual([]);
    // One of them came after a holder that did not let go; no other waited.
    expect(new Map(checked.counts.entries())).toMatchObject(
      new Map([["P11", { trials: 1 }], ["P12", { trials: 1 }]]), // prettier-ignore
    );
  });

  test("counts those who waited for another as tries of P11, once for each contender and wave", () => {
    const round = new WrittenRound();
    for (let token = 1; token < 10; token += 2) {
      const letGo = round.hold("c0", token);
      const waiting = round.client("c1").lockCall("acquire");
      letGo();
      waiting.returned({ token: token + 1 });
      round
        .client("c1")
        .lockCall("release", { token: token + 1 })
        .returned();
    }
    const wave = { beforeMs: 1, afterMs: 1, injections: [] };
    const trials = (waves: number): number | undefined => {
      const plan = { contenders: 2, waves: Array.from({ length: waves }, () => wave) };
      return new Map(round.check(plan).counts.entries()).get("P11")?.trials;
    };
    expect([trials(10), trials(1)]).toEqual([5, 2]);
  });

  test("tells deaths and stops of a holder from those of others", () => {
    const round = new WrittenRound();
    round.hold("c1", 1);
    round.client("owner").died("c1");
    round.section("c0", 2, [told(2), ...consistent(2)]);
    round.client("owner").died("c2");
    const letGo = round.hold("c0", 3);
    const atNs = String(round.nowNs + 1n);
    for (let i = 0; i < 2; i++) round.client("c3").lockCall("tryAcquire").failed();
    const untilNs = String(round.nowNs);
    letGo();
    const kill = (victim: string): Injected => ({ what: "kill", wave: 0, victim, atNs: "1" });
    const stop = (victim: string): Injected => ({ what: "stop", wave: 0, victim, atNs, untilNs });
    const injected = [kill("c1"), kill("c2"), stop("c0"), stop("c3")];
    const { counts } = round.check({ fault: "kill" }, { injected });
    const parts = [...counts.rows()].flatMap(({ promise, part, trials }) => (part === "" ? [] : `${promise} ${part} ${trials}`)); // prettier-ignore
    expect(parts).toEqual(["P2 of the holder 1", "P2 of others 1", "P3 of the holder 1", "P3 of others 1"]); // prettier-ignore
  });

  test("of two holds at once is found out", () => {
    const round = new WrittenRound();
    const letGo = round.hold("c0", 1);
    round.section("c1", 2);
    letGo();
    expect(found(round.check())).toEqual([expect.stringMatching(/^P12: the history of the lock is violation/)]); // prettier-ignore
  });

  test("of a token that was issued twice is found out", () => {
    const round = new WrittenRound();
    round.section("c0", 1);
    round.section("c1", 1);
    expect(found(round.check())).toEqual([expect.stringMatching(/^P12: the history of the lock/)]);
  });

  test("is read although its writer was killed in the middle of a line", () => {
    const round = new WrittenRound();
    round.section("c0", 1);
    round.cutOff("lock", "c0", '{"id":"c0#3","client":"c0","object":"lo');
    round.cutOff("notes", "c0", '{"what":"coun');
    round.section("c1", 2);
    expect(found(round.check())).toEqual([]);
  });
});

describe("a death inside a section", () => {
  test("that nobody was told of is found out, for each holder that should have been", () => {
    const round = new WrittenRound();
    round.hold("c1", 2);
    round.client("owner").died("c1");
    round.section("c0", 3);
    round.section("c2", 4);
    expect(found(round.check())).toEqual([
      expect.stringMatching(/^P2: c0 was granted with token 3 after c1 had died inside/),
      expect.stringMatching(/^P2: c2 was granted with token 4 after c1 had died inside/),
    ]);
  });

  test("is to be told until somebody has called the data consistent, and no longer", () => {
    const round = new WrittenRound();
    round.hold("c1", 2);
    round.client("owner").died("c1");
    round.section("c0", 3, [told(3)]);
    round.section("c0", 4, [told(4), ...consistent(4)]);
    round.section("c2", 5);
    round.section("c0", 6, [told(6)]);
    expect(found(round.check())).toEqual([
      expect.stringMatching(/^P2: c0 was told abandoned with token 6, although nobody/),
    ]);
  });

  test("may be told or not where it came as the lock was released or acquired", () => {
    for (const isTold of [true, false]) {
      const round = new WrittenRound();
      round.hold("c1", 2);
      round.client("c1").lockCall("release", { token: 2 });
      round.client("owner").died("c1");
      round.section("c0", 3, isTold ? [told(3), ...consistent(3)] : []);
      round.client("c2").lockCall("acquire");
      round.client("owner").died("c2");
      round.section("c0", 4, isTold ? [told(4)] : []);
      expect(found(round.check())).toEqual([]);
    }
  });

  test("is told of by the hold with which a lock was lost, also if a thread that ran on released it", () => {
    const round = new WrittenRound();
    const letGo = round.hold("c1", 2);
    round.client("owner").died("c1");
    const untilNs = String(round.nowNs + 1n);
    const resetNs = String(round.nowNs + 2n);
    const victim = { what: "terminate", wave: 0, victim: "c1", atNs: "1", untilNs, resetNs } as const; // prettier-ignore
    round.client("c5").lockCall("tryAcquire").failed();
    round.client("c5").lockCall("tryAcquire").failed();
    letGo();
    round.section("c0", 3);
    const report = { injected: [victim] };
    const lost = { ownerDeath: "lost" } as const;
    const guarantees = { ...lost };
    expect(found(round.check({ fault: "terminate" }, report, guarantees))).toEqual([
      expect.stringMatching(/^P5: c0 was granted with token 3 after c1 had died inside/),
    ]);
  });
});

describe("a thread that was ended", () => {
  const ended: Injected = { what: "terminate", wave: 0, victim: "c1", atNs: "3", untilNs: "4", resetNs: "100" }; // prettier-ignore

  test("and asks for the lock after that, and is granted, is found out", () => {
    const round = new WrittenRound();
    round.section("c1", 1);
    round.section("c0", 2);
    round.section("c1", 3);
    const injected = [{ ...ended, resetNs: "5" }];
    const all = found(round.check({ fault: "terminate" }, { injected }, { ownerDeath: "lost" }));
    expect(all).toContainEqual(expect.stringMatching(/^P5: c1 asked for the lock after its end had been told/)); // prettier-ignore
  });

  test("whose lost lock is granted before its reset is found out", () => {
    const round = new WrittenRound();
    round.hold("c1", 1);
    round.client("owner").died("c1");
    round.client("c2").lockCall("tryAcquire").failed();
    round.section("c0", 2, [told(2)]);
    const all = found(round.check({ fault: "terminate" }, { injected: [ended] }, { ownerDeath: "lost" })); // prettier-ignore
    expect(all).toContainEqual(expect.stringMatching(/^P5: c0 was granted with token 2 on the strength of the exit of c1/)); // prettier-ignore
  });

  test("while its owner was blocked, and nobody was granted meanwhile, is found out", () => {
    const blocked = { what: "terminate", wave: 0, victim: "c1", atNs: "2", blockedMs: 1e-5 } as const; // prettier-ignore
    const recovered = (lateBy: number): string[] => {
      const round = new WrittenRound();
      round.hold("c1", 1);
      const waiting = round.client("c0").lockCall("acquire");
      round.client("owner").died("c1");
      for (let i = 0; i < lateBy; i++) round.client("c2").lockCall("tryAcquire").failed();
      round.client("c0").note(told(2));
      waiting.returned({ token: 2 });
      return found(round.check({ fault: "terminate" }, { injected: [blocked] }));
    };
    expect(recovered(1)).toEqual([]);
    expect(recovered(10)).toEqual([expect.stringMatching(/^P4: c1 was terminated as it held/)]);
  });
});

describe("a counter under the lock", () => {
  const counted = (token: number, value: number): Note => ({ what: "counted", token, value });
  const roundOf = (values: readonly number[], counter: number, deaths: number): string[] => {
    const round = new WrittenRound();
    values.forEach((value, i) => round.section(`c${i % 2}`, i + 1, [counted(i + 1, value)]));
    for (let i = 0; i < deaths; i++) round.client("owner").died(`dead${i}`);
    writeFileSync(join(round.folder, COUNTER_NAME), formatCount(counter));
    return found(round.check());
  };

  test("with every step is sound, and so is a step of one who died before it could say so", () => {
    expect(roundOf([1, 2, 3], 3, 0)).toEqual([]);
    expect(roundOf([1, 3], 3, 1)).toEqual([]);
  });

  test("that lost a step, or has one too many, is found out", () => {
    expect(roundOf([1, 1, 2], 2, 0)).toContainEqual(expect.stringMatching(/^P2: c1 counted to 1 with token 2/)); // prettier-ignore
    expect(roundOf([1, 2, 3], 2, 0)).toContainEqual(expect.stringMatching(/^P2: 3 steps were counted/)); // prettier-ignore
    expect(roundOf([1, 3], 3, 0)).toContainEqual(expect.stringMatching(/^P2: the counter shows 3, 1 more/)); // prettier-ignore
  });
});

describe("a line", () => {
  const line: Injected = { what: "line", wave: 0, atNs: "0", how: "c0 c1 c2" };
  const granted = (...clients: string[]): string[] => {
    const round = new WrittenRound();
    clients.forEach((client, i) => round.section(client, i + 1));
    return found(round.check({ fault: "line-up" }, { injected: [line] }, { fifo: true }));
  };

  test("that was granted in order is sound; another order is found out where the lock says so", () => {
    expect(granted("c0", "c1", "c2")).toEqual([]);
    expect(granted("c0", "c2", "c1")).toEqual([
      "P11: those who waited in the order c0 c1 c2 were granted in the order c0 c2 c1",
    ]);
    const round = new WrittenRound();
    ["c2", "c1", "c0"].forEach((client, i) => round.section(client, i + 1));
    expect(found(round.check({ fault: "line-up" }, { injected: [line] }))).toEqual([]);
  });
});

describe("a store's history", () => {
  const plan = { store: "durable", style: "sale" } as const;

  test("of dense serials, and the journal that has them, is sound", () => {
    const round = new WrittenRound();
    round.sell("c0", "a", 0);
    round.sell("c1", "b", 1);
    round.sell("c0", "a", 0);
    const sales = ["a", "b"].map((order, firstSerial) => ({ order, buyer: "c", firstSerial, quantity: 1 })); // prettier-ignore
    writeFileSync(join(round.folder, JOURNAL_NAME), JSON.stringify(sales));
    const checked = round.check(plan);
    expect(found(checked)).toEqual([]);
    expect(new Map(checked.counts.entries()).get("P1")).toMatchObject({ trials: 3 });
  });

  test("of a ticket that was sold twice is found out", () => {
    const round = new WrittenRound();
    round.sell("c0", "a", 0);
    round.sell("c1", "b", 0);
    expect(found(round.check(plan))).toEqual([expect.stringMatching(/^P12: the history of the store/)]); // prettier-ignore
  });

  test("of an order that was asked for again and sold anew is found out, by its answers and by the journal", () => {
    const again = (second: number, times: number): string[] => {
      const round = new WrittenRound();
      round.sell("c0", "a", 0);
      round.sell("c1", "a", second);
      round.client("c1").note({ what: "retried", order: "a" });
      const sale = { order: "a", buyer: "c", firstSerial: 0, quantity: 1 };
      writeFileSync(join(round.folder, JOURNAL_NAME), JSON.stringify(Array.from({ length: times }, () => sale))); // prettier-ignore
      return found(round.check(plan)).filter((text) => text.startsWith("P13"));
    };
    expect(again(0, 1)).toEqual([]);
    expect(again(1, 1)).toEqual(["P13: order a was asked for again, and sold as 0 and as 1"]);
    expect(again(0, 2)).toEqual(["P13: order a was asked for again, and is 2 times in the journal"]); // prettier-ignore
  });

  test("of a sale that the journal does not have is found out", () => {
    const round = new WrittenRound();
    round.sell("c0", "a", 0);
    writeFileSync(join(round.folder, JOURNAL_NAME), "[]");
    expect(found(round.check(plan))).toEqual([expect.stringMatching(/^P1: order a was told/)]);
    expect(found(round.check({ ...plan, fault: "kill-writing" }))).toEqual([expect.stringMatching(/^P8: order a was told/)]); // prettier-ignore
  });
});

describe("what an owner saw", () => {
  const outcomes = [{ status: "done" }, { status: "crashed", error: "it is gone" }];

  test("of a stall, and of an end that nobody meant, is found out", () => {
    const round = new WrittenRound();
    expect(found(round.check({}, { stall: "nobody moves" }))).toEqual(["P2: a stall: nobody moves"]); // prettier-ignore
    expect(found(round.check({}, { outcomes }))).toEqual([
      "P2: c1 crashed, and nothing was done to it: it is gone",
    ]);
    const done = (what: "kill" | "stop"): string[] =>
      found(round.check({}, { outcomes, injected: [{ what, wave: 0, victim: "c1", atNs: "1" }] }));
    expect(done("kill")).toEqual([]);
    // Whoever was stopped goes on.
    expect(done("stop")).toEqual(["P2: c1 crashed, and nothing was done to it: it is gone"]);
  });

  test("of a call that failed is found out, but of one that was to be refused", () => {
    const round = new WrittenRound();
    round.client("c1").note({ what: "failed", call: "acquire", error: "LOCK_LOST: gone" });
    expect(found(round.check())).toEqual(["P2: c1: acquire failed: LOCK_LOST: gone"]);
    round.client("c1").note({ what: "sent", messages: 4 });
    const injected = [{ what: "messages", wave: 0, victim: "c1", atNs: "1" }] as const;
    const checked = round.check({ fault: "messages" }, { injected });
    expect(found(checked)).toEqual([]);
    expect(new Map(checked.counts.entries()).get("P15")).toEqual({ trials: 4, injected: { messages: 4 } }); // prettier-ignore
  });

  test("of a lock over an old store that does not go on above its fence is found out", () => {
    const round = new WrittenRound();
    round.section("second-c0", 5);
    const report = { phase: "second-", fence: 5 };
    expect(found(round.check({ fault: "owner-kill" }, report))).toEqual([
      "P7: second-c0 was granted with token 5, and tokens were to rise above 5",
    ]);
    expect(found(round.check({ fault: "owner-kill" }, { ...report, fence: 4 }))).toEqual([]);
  });

  test("of a store that has forgotten its fence is found out by the tokens of those who sold before", () => {
    const round = new WrittenRound();
    round.section("first-c0", 5);
    round.hold("first-c1", 6); // it may have been killed before it read the store
    round.client("first-owner").died("first-c1");
    round.section("second-c0", 5, [told(5), ...consistent(5)]);
    const again = { fault: "owner-kill" } as const;
    expect(found(round.check(again, { phase: "second-", fence: 0 }))).toContain(
      "P7: second-c0 was granted with token 5, and tokens were to rise above 5",
    );
    const higher = new WrittenRound();
    higher.section("first-c0", 5);
    higher.section("second-c0", 6);
    expect(found(higher.check(again, { phase: "second-", fence: 0 }))).toEqual([]);
  });
});

describe("a recovery", () => {
  test("is the time from a holder's death to the grant of one who waited", () => {
    const round = new WrittenRound();
    round.hold("c1", 1);
    const waiting = round.client("c0").lockCall("acquire");
    round.client("owner").died("c1");
    const diedNs = round.nowNs;
    round.client("c0").note(told(2));
    waiting.returned({ token: 2 });
    const injected = [{ what: "kill", wave: 0, victim: "c1", atNs: "1" }] as const;
    const { recoveries } = round.check({}, { injected });
    expect(recoveries).toEqual([{ promise: "P2", what: "kill", ms: Number(round.nowNs - diedNs) / 1e6 }]); // prettier-ignore
  });

  test.for([3_000_000n, 3_000n])(
    "of one that came later, and waited for %d ns, is that, unless it found the lock free",
    (waitedNs) => {
      const round = new WrittenRound();
      round.hold("c1", 1);
      round.client("owner").died("c1");
      round.client("c2").lockCall("tryAcquire").failed();
      const late = round.client("c0").lockCall("acquire");
      const cameNs = round.nowNs;
      round.pass(waitedNs);
      round.client("c0").note(told(2));
      late.returned({ token: 2 });
      const injected = [{ what: "kill", wave: 0, victim: "c1", atNs: "1" }] as const;
      const { recoveries } = round.check({}, { injected });
      const ms = Number(round.nowNs - cameNs) / 1e6;
      expect(recoveries.map((one) => one.ms)).toEqual(ms > 1 ? [ms] : []);
    },
  );

  test("of seconds is found out, whoever came first", () => {
    const round = new WrittenRound();
    round.hold("c1", 1);
    round.client("owner").died("c1");
    const late = round.client("c0").lockCall("acquire");
    round.pass(4_000_000_000n);
    round.client("c0").note(told(2));
    late.returned({ token: 2 });
    const injected = [{ what: "kill", wave: 0, victim: "c1", atNs: "1" }] as const;
    expect(found(round.check({}, { injected }))).toEqual([
      "P2: c1 died as it held the lock, and nobody was granted for 4000 ms",
    ]);
  });

  test("is none where the dead one held nothing, or nobody came", () => {
    const round = new WrittenRound();
    round.section("c1", 1);
    round.client("owner").died("c1");
    round.hold("c2", 2);
    round.client("owner").died("c2");
    const injected = ["c1", "c2"].map((victim) => ({ what: "kill", wave: 0, victim, atNs: "1" }) as const); // prettier-ignore
    expect(round.check({}, { injected }).recoveries).toEqual([]);
  });
});
