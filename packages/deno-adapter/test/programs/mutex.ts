/** Run by Deno: what a user does with a mutex. Argument: the scene. */
import { setTimeout } from "node:timers";
import { type Adapter, openSession, toWireError } from "@ticketlock/core";
import { createMutex, createThreadLauncher, workersAdapter as adapter } from "../../src/index.ts";

/** A session's own time limit: beyond the test's, so that it is never what ends a wait. */
const NO_HELP_MS = 3_600_000;

/** What the lock says whose holder, a contender that runs this workload, was killed. */
async function afterDeath(of: Adapter, workload: "hold" | "disguise"): Promise<unknown> {
  await using session = await openSession({ adapters: [of], contenders: 1 });
  const lock = session.locks[0]!;
  const { promise: held, resolve } = Promise.withResolvers<void>();
  const url = new URL(`../workloads/${workload}.ts`, import.meta.url);
  const run = session.run(url, null, { onSend: () => resolve() });
  await held;
  await session.crash(0);
  await run;
  try {
    const guard = await lock.acquire({ timeoutMs: 1_000 });
    const { abandoned } = guard;
    await guard.release();
    return { abandoned };
  } catch (error) {
    return toWireError(error).code;
  }
}

const scenes: Readonly<Record<string, () => Promise<unknown>>> = {
  "nothing but a pending acquire": async () => {
    const mutex = createMutex();
    const guard = mutex.acquireSync();
    const pending = mutex.acquire();
    // The timer keeps nobody alive: only who waits does, or else the program ends before the release.
    setTimeout(() => guard.release(), 100).unref();
    const granted = await pending;
    granted.release();
    mutex.close();
    return "granted";
  },
  "a workload that throws while it loads": async () => {
    await using session = await openSession({
      adapters: [adapter],
      contenders: 2,
      limitMs: NO_HELP_MS,
    });
    const missing = new URL("./no-such-module.ts", import.meta.url);
    const throwing = new URL("data:application/javascript,throw new Error('not today')");
    const outcomes = [
      ...(await session.run(missing, null)),
      ...(await session.run(throwing, null)),
    ];
    return outcomes.map((outcome) =>
      outcome.status === "failed" ? outcome.error.message : outcome.status,
    );
  },
  "a contender whose module cannot be read": async () => {
    const launcher = createThreadLauncher({ permissions: "none" });
    const adapters = [{ ...adapter, launcher }];
    return openSession({ adapters, contenders: 1, limitMs: NO_HELP_MS }).then(
      () => "opened",
      (error: unknown) => String(error),
    );
  },
  "permissions that can be seen in /proc": async () => {
    const launcher = createThreadLauncher({ permissions: "inherit" });
    return afterDeath({ ...adapter, launcher }, "hold");
  },
  "a contender that says it is another": () => afterDeath(adapter, "disguise"),
};

console.log(JSON.stringify(await scenes[process.argv[2]!]!()));
