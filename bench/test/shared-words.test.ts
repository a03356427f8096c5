import { existsSync } from "node:fs";
import { dirname } from "node:path";
import { runJob, runtimes } from "@ticketlock/harness";
import { describe, expect, test } from "vitest";
import { CounterSession } from "../src/figures/counter-session.ts";
import { describeAdapters } from "../src/plan/catalogue.ts";
import { canMapWords } from "../src/run/mapped-words.ts";
import { COUNTER, createWords, LAST_TOKEN, wordsPlace } from "../src/run/shared-words.ts";
import { processesOfAll, starterOf } from "./adapters.ts";

const WRITER = new URL("./jobs/write-words.ts", import.meta.url);

describe("createWords", () => {
  test("gives threads memory, and processes a mapped file where one can be mapped", () => {
    expect(wordsPlace("thread")).toBe("memory");
    expect(wordsPlace("process")).toBe(canMapWords() ? "mapped" : "file");
  });

  test("and one can be mapped on Linux", () => {
    expect(canMapWords()).toBe(process.platform === "linux");
  });

  const places = process.platform === "linux" ? (["mapped", "file"] as const) : ["file" as const];
  const each = places.flatMap((place) => runtimes.map((runtime) => ({ place, runtime })));

  test.for(each)(
    "shares $place words with a process of $runtime, and leaves no file behind",
    async ({ place, runtime }) => {
      const { handle, words } = createWords("process", place);
      if (handle.kind === "memory") throw new Error("Processes share no memory.");
      try {
        words.write(COUNTER, 41);
        const { entry } = await starterOf(runtime, "process");
        await runJob(entry, WRITER, handle);
        expect(words.readNow(COUNTER)).toBe(42);
        expect(words.read(LAST_TOKEN)).toBe(-7);
      } finally {
        words.close();
      }
      expect(existsSync(dirname(handle.path))).toBe(false);
    },
  );
});

describe("Processes of all runtimes on one counter", () => {
  const each = 20_000;
  const open = async (choose: (locks: string[]) => string): Promise<CounterSession> => {
    const [first, ...others] = await processesOfAll();
    const { locks } = describeAdapters([first!, ...others])!;
    const wide = locks.filter(
      ({ guarantees: { exclusive, scope } }) => exclusive && scope === "runtimes",
    );
    const kind = choose(wide.map((lock) => lock.kind));
    return CounterSession.open(first!, kind, runtimes.length, { others });
  };

  test("lose nothing under a lock that reaches them all", async () => {
    const session = await open(([kind]) => kind!);
    try {
      expect(await session.countTo(each)).toBe(0);
    } finally {
      await session.close();
    }
  });

  test("lose updates without one", async () => {
    const session = await open(() => "none");
    try {
      // Contenders that take turns on one busy core seldom meet: they count until they have.
      const deadlineMs = performance.now() + 30_000;
      let lost = 0;
      while (lost === 0 && performance.now() < deadlineMs) lost = await session.countTo(1_000_000);
      expect(lost).toBeGreaterThan(0);
    } finally {
      await session.close();
    }
  });
});
