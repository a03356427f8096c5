import { type AdapterEntry, runJob, type Runtime, runtimes } from "@ticketlock/harness";
import { describe, expect, test } from "vitest";
import { bareDefects } from "./broken/bare-mutex.ts";
import { clusterDefects } from "./broken/cluster-defects.ts";
import { lockDefects } from "./broken/defective-locks.ts";
import { storeDefects } from "./broken/defective-stores.ts";
import {
  brokenClusterCases,
  brokenLauncherCases,
  brokenLockCases,
  brokenLostCases,
  brokenStoreCases,
} from "./broken/expected.ts";
import { lostDefects } from "./broken/lost-defects.ts";
import { mappedDefects } from "./broken/mapped-defects.ts";
import type { CaseEvent, RunSuiteInput } from "./jobs/run-suite.ts";

/** Something that never happens is told from something slow sooner than among sound locks. */
const LIMIT_MS = 1_000;
/** Processes take longer to start than threads. */
const PROCESS_LIMIT_MS = 3_000;
/** What is sound may be slow, and has to pass many cases. */
const SOUND_LIMIT_MS = 10_000;
const MANY_CASES_LIMIT_MS = 300_000;
/** A broken lock that fails at times, or at some points of death, is looked for with so many draws of them. */
const MOST_SEEDS = 6;

/** Deno without what shows /proc, as an adapter may have it. */
const flagsIn: Readonly<Record<Runtime, readonly string[]>> = {
  node: [],
  deno: [
    "--allow-read",
    "--allow-write",
    "--allow-env",
    "--allow-run",
    "--allow-sys",
    "--allow-ffi",
  ],
  bun: [],
};

function entryOf(name: string, runtime: Runtime = "node"): AdapterEntry {
  const directory = import.meta.dirname;
  const moduleUrl = new URL(`./broken/${name}.ts`, import.meta.url).href;
  return { name, packageName: name, directory, moduleUrl, runtime, flags: flagsIn[runtime] };
}

/** Runs the named cases over a broken adapter; how each ended. */
async function runCases(
  adapter: string,
  only: readonly string[],
  limitMs = LIMIT_MS,
  seed = 1,
  runtime: Runtime = "node",
): Promise<Map<string, CaseEvent>> {
  const events = new Map<string, CaseEvent>();
  const entry = entryOf(adapter, runtime);
  const options = { only, limitMs, seed, runtimeFlags: entry.flags };
  const input: RunSuiteInput = { list: false, options };
  const onEvent = (event: unknown): void =>
    void events.set((event as CaseEvent).name, event as CaseEvent);
  await runJob(entry, new URL("./jobs/run-suite.ts", import.meta.url), input, {
    onEvent,
    stderr: () => {},
  });
  return events;
}

/** What the suite itself finds, not an accident in the broken thing's own code. */
const FINDING = /^(Broken promise|Not within|Not done)/;

/**
 * Whether two meet, or a waiter sleeps by the time that it is woken, is the machine's affair. Where they did not, times
 * and points are drawn anew: the suite finds what is broken if it does so in one of a few draws.
 */
async function expectRejected(
  adapter: string,
  names: readonly string[],
  limitMs = LIMIT_MS,
): Promise<void> {
  let passed = names;
  for (let seed = 1; seed <= MOST_SEEDS && passed.length > 0; seed++) {
    const events = await runCases(adapter, passed, limitMs, seed);
    // A name selects those that begin with it, too.
    expect([...events.keys()]).toEqual(expect.arrayContaining([...passed]));
    passed = passed.filter((name) => !FINDING.test(events.get(name)?.failure ?? ""));
  }
  expect(passed, "cases that did not fail").toEqual([]);
}

function expectPassed(events: ReadonlyMap<string, CaseEvent>): void {
  expect(events.size).toBeGreaterThan(0);
  for (const { name, failure } of events.values()) expect(failure, name).toBeUndefined();
}

const testSound = (name: string, passes: () => Promise<void>): void =>
  test(name, { timeout: MANY_CASES_LIMIT_MS }, passes);

const named = (what: string, cases: readonly string[]): string[] =>
  cases.map((name) => `${what}: ${name}`);

describe("the suite rejects every broken lock by name", () => {
  test("the table names every broken lock", () => {
    const intact = ["intact-wrapper"];
    const all = [...Object.keys(lockDefects), ...Object.keys(bareDefects)];
    expect(Object.keys(brokenLockCases).sort()).toEqual(
      all.filter((kind) => !intact.includes(kind)).sort(),
    );
  });

  for (const [kind, cases] of Object.entries(brokenLockCases)) {
    const names = named(`lock ${kind}`, cases);
    test(`${kind}: ${cases.join("; ")}`, { timeout: MANY_CASES_LIMIT_MS }, () =>
      expectRejected("broken-adapter", names),
    );
  }

  const used = [...new Set(Object.values(brokenLockCases).flat())];

  testSound("the wrapper without a defect passes the same cases", async () => {
    expectPassed(
      await runCases("broken-adapter", named("lock intact-wrapper", used), SOUND_LIMIT_MS),
    );
  });

  testSound(
    "the bare mutex whose word is sound passes them but for the recovery that it lacks",
    async () => {
      const lacking = brokenLockCases["owner-only-recovery"]!;
      const others = used.filter((name) => !lacking.includes(name));
      expectPassed(
        await runCases("broken-adapter", named("lock owner-only-recovery", others), SOUND_LIMIT_MS),
      );
    },
  );
});

describe("the suite rejects every broken store by name", () => {
  test("the table names every broken store", () => {
    expect(Object.keys(brokenStoreCases).sort()).toEqual(
      Object.keys(storeDefects)
        .filter((kind) => kind !== "intact-store")
        .sort(),
    );
  });

  for (const [kind, cases] of Object.entries(brokenStoreCases)) {
    const names = named(`store ${kind}`, cases);
    test(`${kind}: ${cases.join("; ")}`, { timeout: MANY_CASES_LIMIT_MS }, () =>
      expectRejected("broken-adapter", names),
    );
  }

  testSound("the wrapper without a defect passes the same cases", async () => {
    const used = [...new Set(Object.values(brokenStoreCases).flat())];
    expectPassed(
      await runCases("broken-adapter", named("store intact-store", used), SOUND_LIMIT_MS),
    );
  });
});

const mappedKinds = Object.keys(mappedDefects);

describe("the suite rejects every broken lock between processes by name", () => {
  for (const [kind, names] of Object.entries(brokenClusterCases)) {
    test(`${kind}: ${names.join("; ")}`, { timeout: MANY_CASES_LIMIT_MS }, () =>
      expectRejected("broken-cluster", names, PROCESS_LIMIT_MS),
    );
  }

  const used = [...new Set(Object.values(brokenClusterCases).flat())];

  // That sound locks between processes pass the same cases, adapters.test.ts shows.
  testSound(
    "the mapped lock whose waiters do not look around passes those of broken mapped locks",
    async () => {
      const names = used.filter((name) =>
        mappedKinds.some((kind) => name.startsWith(`lock ${kind}:`)),
      );
      const intact = names.map((name) => name.replace(/^lock [^:]*:/, "lock sleeps-long:"));
      expectPassed(await runCases("broken-cluster", intact, SOUND_LIMIT_MS));
    },
  );

  test("the table names every broken lock between processes", () => {
    const all = [...Object.keys(clusterDefects), ...mappedKinds];
    expect(Object.keys(brokenClusterCases).sort()).toEqual(
      all.filter((kind) => kind !== "sleeps-long").sort(),
    );
  });
});

describe("the suite rejects every broken lock that is lost with its holder by name", () => {
  test("the table names every one of them", () => {
    expect(Object.keys(brokenLostCases).sort()).toEqual(
      Object.keys(lostDefects)
        .filter((kind) => !kind.startsWith("intact-"))
        .sort(),
    );
  });

  for (const [kind, cases] of Object.entries(brokenLostCases)) {
    const names = named(`lock ${kind}`, cases);
    test(`${kind}: ${cases.join("; ")}`, { timeout: MANY_CASES_LIMIT_MS }, () =>
      expectRejected("undead-adapter", names),
    );
  }

  const used = [...new Set(Object.values(brokenLostCases).flat())];

  for (const kind of ["intact-futex", "intact-fifo"])
    testSound(`${kind} passes the same cases`, async () =>
      expectPassed(await runCases("undead-adapter", named(`lock ${kind}`, used), SOUND_LIMIT_MS)),
    );
});

describe("the suite rejects a broken launcher by name", () => {
  for (const [adapter, names] of Object.entries(brokenLauncherCases)) {
    test(`${adapter}: ${names.join("; ")}`, { timeout: MANY_CASES_LIMIT_MS }, () =>
      expectRejected(adapter, names, PROCESS_LIMIT_MS),
    );
  }

  const left = "launcher: a closed session leaves no thread, process, timer or file behind";
  describe.for(runtimes)("in %s", (runtime) => {
    test.for([
      { adapter: "deserting-adapter", says: /no process is left/ },
      { adapter: "ticking-adapter", says: /no timer is left/ },
    ])(`$adapter: ${left}`, async ({ adapter, says }) => {
      const events = await runCases(adapter, [left], SOUND_LIMIT_MS, 1, runtime);
      expect(events.get(left)?.failure).toMatch(FINDING);
      expect(events.get(left)?.failure).toMatch(says);
    });
  });
});
