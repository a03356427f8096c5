import {
  isTicketlockError,
  openSession,
  type StartedContender,
  type StartOptions,
} from "@ticketlock/core";
import type { Arena } from "./kit/arena.ts";
import { equal, expect, show } from "./kit/expect.ts";
import { watch } from "./kit/limit.ts";
import { flagsToSee, runProgram } from "./kit/program.ts";
import type { ProgramFacts } from "./lock-cases/lock-case.ts";
import type { AskOwnerResult } from "./workloads/ask-owner.ts";
import type { Facts } from "./workloads/facts.ts";

/** What a launcher's cases need to know of the adapter. */
export interface LauncherUnderTest {
  /** Kinds that its contenders can share. At least one of locks. */
  readonly lockKinds: readonly string[];
  readonly storeKinds: readonly string[];
  readonly program: ProgramFacts;
}

/** One promise of a launcher and the sessions of its contenders, and how it is tried. */
export interface LauncherCase {
  /** The promise, in words. Tests are named after it. */
  readonly name: string;
  /** How many times the limit for one wait all of it may take; 4 unless told. */
  readonly limits?: number;
  readonly run: (arena: Arena, launcher: LauncherUnderTest) => Promise<void>;
}

const answerNothing = (): null => null;
/** Nothing of a session is needed but its contenders. */
const NO_LOCK = { lock: { count: 0 } };

/**
 * A session's own time limit where an error has to come of what happened: so far beyond the limit for one
 * wait that it never ends one, however slow the machine is.
 */
const NO_HELP_MS = 3_600_000;

/** Modules that cannot be loaded, and what the message about each must name. */
const badModules = [
  {
    what: "a module that is missing",
    url: new URL("./no-such-module.js", import.meta.url),
    says: "no-such-module",
  },
  {
    what: "a module that throws while it loads",
    url: new URL(`data:text/javascript;base64,${btoa(`throw new Error("not today")`)}`),
    says: "not today",
  },
] as const;

function expectSays(error: unknown, says: string, what: string): void {
  expect(
    isTicketlockError(error) && error.message.includes(says),
    `the error about ${what} has a code, and its message says ${show(says)}: ${show(error)}`,
  );
}

/** Opens a session whose contenders cannot load their adapters: what its owner is told, and what is left. */
async function expectNotOpened(
  arena: Arena,
  { what, url, says }: (typeof badModules)[number],
): Promise<void> {
  const started: StartedContender[] = [];
  const adapters = arena.adapters.map((adapter) => {
    const { launcher } = adapter;
    if (launcher === undefined) return adapter;
    const start = async (options: StartOptions): Promise<StartedContender> => {
      const contender = await launcher.start(options);
      started.push(contender);
      return contender;
    };
    return { ...adapter, url: url.href, launcher: { ...launcher, start } };
  });
  arena.defer(() => started.forEach((contender) => contender.kill()));
  const opening = openSession({ ...NO_LOCK, adapters, contenders: 1, limitMs: NO_HELP_MS });
  const told = opening.then(
    (session) => session.close().then(() => "the session was opened"),
    (error: unknown) => error,
  );
  const error = await arena.within(`${what} in place of an adapter's is told`, told);
  expectSays(error, says, what);
  const gone = Promise.all(started.map(({ exited }) => exited));
  equal((await arena.within("the contender that could not open is gone", gone)).length, 1, "one contender was started"); // prettier-ignore
}

/** What is tried of a launcher. */
export const launcherCases: readonly LauncherCase[] = [
  {
    name: "a contender knows its place, and its seed repeats with the session's",
    run: async (arena) => {
      const seeds: number[][] = [];
      for (const seed of [7, 7, 8]) {
        const stage = await arena.stage({ ...NO_LOCK, seed });
        const facts = await stage.values<null, Facts>("facts", null, { onRequest: answerNothing });
        equal(
          facts.map(({ index }) => index),
          [...facts.keys()],
          "outcomes stand in the order of the contenders",
        );
        expect(
          facts.every(({ count, aborted }) => count === arena.contenders && !aborted),
          "contenders know how many they are",
        );
        equal(
          new Set(stage.session.ids).size,
          arena.contenders,
          "every contender has an id of its own",
        );
        seeds.push(facts.map((fact) => fact.seed));
        await stage.session.close();
      }
      equal(seeds[0], seeds[1], "the same seed gives the same seeds");
      equal(
        new Set([...seeds[0]!, ...seeds[2]!]).size,
        2 * arena.contenders,
        "seeds differ between contenders and sessions",
      );
    },
  },
  {
    name: "every way to end is told: done, failed with message and code, crashed",
    run: async (arena) => {
      const stage = await arena.stage({ ...NO_LOCK, contenders: 5 });
      const outcomes = await stage.run<unknown, unknown>("outcomes", {
        text: "é",
        list: [1, null],
      });
      const told = outcomes.map((outcome) =>
        outcome.status === "done" ? outcome.value : [outcome.status, outcome.error.code],
      );
      const done = (index: number): unknown => ({ index, input: { text: "é", list: [1, null] } });
      equal(
        told,
        [
          done(0),
          ["failed", "CONTENDER_FAILED"],
          ["failed", "QUEUE_FULL"],
          ["crashed", "CONTENDER_CRASHED"],
          done(4),
        ],
        "outcomes tell how each contender ended",
      );
      const [, failed] = outcomes;
      expect(
        failed?.status === "failed" && failed.error.message.includes("not in the mood"),
        "what a workload threw comes through as a message",
      );
    },
  },
  {
    name: "a workload that is missing or throws while it loads fails in every contender, no time limit has to end the wait, and the session goes on",
    run: async (arena) => {
      const stage = await arena.stage({ ...NO_LOCK, limitMs: NO_HELP_MS });
      for (const { url, what, says } of badModules) {
        const outcomes = await arena.within("the run ends", stage.session.run(url, null));
        for (const outcome of outcomes) {
          equal(outcome.status, "failed", `${what} fails in every contender`);
          if (outcome.status === "failed") expectSays(outcome.error, says, what);
        }
      }
      await stage.values("facts", null, { onRequest: answerNothing });
    },
  },
  {
    name: "an adapter's module that is missing or throws while it loads is told to the owner, no time limit has to end the wait, and no contender is left",
    run: async (arena) => {
      for (const bad of badModules) await expectNotOpened(arena, bad);
    },
  },
  {
    name: "crash ends one contender, the others go on, and later runs say crashed",
    run: async (arena) => {
      const stage = await arena.stage({ ...NO_LOCK, contenders: 3 });
      await stage.crash(1);
      await stage.crash(1);
      for (let run = 0; run < 2; run++) {
        const outcomes = await stage.run("facts", null, { onRequest: answerNothing });
        equal(
          outcomes.map(({ status }) => status),
          ["done", "crashed", "done"],
          "only the contender that was crashed is gone",
        );
      }
    },
  },
  {
    name: "crash ends a contender in the middle of a run, even one that blocks its thread",
    run: async (arena) => {
      const stage = await arena.stage({ ...NO_LOCK, contenders: 3 });
      const hanging = Promise.withResolvers<void>();
      let count = 0;
      const onRequest = (): void => void (++count === 3 && hanging.resolve());
      const run = watch(stage.run("hang", null, { onRequest }));
      await arena.within("all contenders hang", hanging.promise);
      await stage.crash(0, 1, 2);
      const outcomes = await run.result;
      equal(
        outcomes.map(({ status }) => status),
        ["crashed", "crashed", "crashed"],
        "a run ends when its contenders do",
      );
    },
  },
  {
    name: "aborting a run tells every contender, and ends those that do not listen",
    run: async (arena) => {
      const stage = await arena.stage({ ...NO_LOCK, contenders: 3 });
      const controller = new AbortController();
      let count = 0;
      const onRequest = (): void => void (++count === 3 && controller.abort());
      const outcomes = await stage.run<null, string>("hang", null, {
        onRequest,
        signal: controller.signal,
      });
      equal(
        outcomes.map((outcome) => (outcome.status === "done" ? outcome.value : outcome.status)),
        ["told", "crashed", "crashed"],
        "an abort ends the run",
      );
    },
  },
  {
    name: "requests are answered in order, notes arrive, refusals come through, and nobody passes a meeting early",
    run: async (arena) => {
      const stage = await arena.stage(NO_LOCK);
      const requests = 5;
      const notes: number[] = [];
      let early = 0;
      const onRequest = (topic: string, body: unknown): unknown => {
        if (topic === "refuse") throw new RangeError("refused");
        if (topic === "met" && notes.length < requests * arena.contenders) early++;
        return topic === "double" ? 2 * Number(body) : null;
      };
      const onSend = (_topic: string, body: unknown): void => void notes.push(Number(body));
      const results = await stage.values<number, AskOwnerResult>("ask-owner", requests, {
        onRequest,
        onSend,
      });
      const doubles = Array.from({ length: 2 * requests }, (_item, i) => 2 * i);
      equal(
        results.map(({ answers }) => answers),
        results.map(() => doubles),
        "every request gets its own answer",
      );
      equal(
        results.map(({ error }) => error),
        results.map(() => "CONTENDER_FAILED"),
        "what the owner's handler throws comes through",
      );
      equal(notes.length, requests * arena.contenders, "every note arrives");
      equal(early, 0, "nobody passes a meeting before all have come");
    },
  },
  {
    name: "contenders that start one by one do not overlap",
    run: async (arena) => {
      const stage = await arena.stage(NO_LOCK);
      const order: string[] = [];
      const onRequest = (topic: string, body: unknown): void =>
        void order.push(`${topic} ${String(body)}`);
      await stage.values("facts", null, { onRequest, start: "one-by-one" });
      const expected = Array.from({ length: arena.contenders }, (_item, index) => [
        `begin ${index}`,
        `end ${index}`,
      ]).flat();
      equal(order, expected, "each contender starts when the one before has ended");
    },
  },
  {
    name: "a closed session leaves no thread, process, timer or file behind",
    limits: 8,
    run: async (arena, { program, lockKinds, storeKinds }) => {
      // Every kind once, of locks and of stores.
      const runs = Math.max(lockKinds.length, storeKinds.length);
      for (let i = 0; i < runs; i++) {
        const lockKind = lockKinds[i % lockKinds.length]!;
        const storeKind = storeKinds[i % storeKinds.length] ?? "";
        await expectNothingLeft(arena, program, lockKind, storeKind);
      }
    },
  },
];

/** What a process has at one time, as the program counts it. */
interface Belongings {
  readonly threads: string[];
  readonly children: string[];
  readonly timers: number;
  readonly resources: string[];
}

async function expectNothingLeft(
  arena: Arena,
  program: ProgramFacts,
  lockKind: string,
  storeKind: string,
): Promise<void> {
  const sighted = { ...program, runtimeFlags: flagsToSee(program.runtimeFlags) };
  const end = await runProgram("leave-nothing", sighted, [lockKind, storeKind], 3 * arena.limitMs);
  const behind = `behind a session with lock ${lockKind}${storeKind && ` and store ${storeKind}`}`;
  expect(
    !end.killed && end.code === 0,
    `the process ends by itself, nothing keeps it alive ${behind} (${show(end)})`,
  );
  const { before, after, files } = JSON.parse(end.stdout) as {
    readonly before: Belongings;
    readonly after: Belongings;
    readonly files: string[];
  };
  expect(
    after.threads.length <= before.threads.length,
    `no thread is left ${behind}: ${show(before.threads)} before, ${show(after.threads)} after`,
  );
  expect(
    after.children.length <= before.children.length,
    `no process is left ${behind}: ${show(after.children)}`,
  );
  expect(
    after.timers <= before.timers,
    `no timer is left ${behind}: ${before.timers} before, ${after.timers} after`,
  );
  expect(
    after.resources.length <= before.resources.length,
    `no timer or port is left ${behind}: ${show(before.resources)} before, ${show(after.resources)} after`,
  );
  equal(files, [], `no file that a handle has named is left ${behind}`);
  equal(end.leftFiles, [], `no file is left in the temporary directory ${behind}`);
}
