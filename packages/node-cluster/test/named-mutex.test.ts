import { once } from "node:events";
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  statfsSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { claimName, fileStem, findName } from "@ticketlock/mapped-memory/state";
import { describe, expect, it, onTestFinished, vi } from "vitest";
import { createMutex, openMutex } from "../src/index.ts";
import { lockKinds } from "../src/lock-kinds.ts";
import { runToEnd, runWithFlags, startProgram } from "./child.ts";
import { isRunning, testState } from "./session-kit.ts";

/** Kinds that need no primary. */
const hostKinds = [...lockKinds].filter(([, { recordsName }]) => recordsName).map(([kind]) => kind);

describe.each(hostKinds)("openMutex of kind %s", (kind) => {
  it("is the same mutex in every process, and outlives each: tokens rise, a death is told", async () => {
    const stateDirectory = testState();
    const mutex = await openMutex("orders", { kind, stateDirectory });
    expect(await runToEnd("named-lock", stateDirectory, "orders", "any")).toEqual([
      `kind ${kind}`,
      "token 1 false",
    ]);
    const holder = startProgram("named-lock", stateDirectory, "orders", kind, "hold");
    expect([await holder.line(), await holder.line()]).toEqual([`kind ${kind}`, "token 2 false"]);
    expect(await mutex.tryAcquire()).toBe(undefined);
    expect(await mutex.query()).toMatchObject({ held: true, holder: { id: holder.process.pid } });
    await expect(mutex.acquire({ timeoutMs: 20 })).rejects.toMatchObject({ code: "LOCK_TIMEOUT" });
    const pending = mutex.acquire();
    await holder.kill();
    const guard = await pending;
    expect([guard.token, guard.abandoned]).toEqual([3, true]);
    guard.release();
    mutex.close();
    expect(await runToEnd("named-lock", stateDirectory, "orders", kind, "consistent")).toEqual([
      `kind ${kind}`,
      "token 4 true",
    ]);
    const again = await openMutex("orders", { stateDirectory });
    const last = await again.acquire();
    expect([last.token, last.abandoned]).toEqual([5, false]);
    last.release();
    again.close();
  });

  it("is a mutex of its own for each name and each state directory", async () => {
    const [one, two] = [testState(), testState()];
    const mutexes = [
      await openMutex("orders", { kind, stateDirectory: one }),
      await openMutex("Orders", { kind, stateDirectory: one }),
      await openMutex("orders", { kind, stateDirectory: two }),
    ];
    const guards = await Promise.all(mutexes.map((mutex) => mutex.tryAcquire()));
    for (const guard of guards) guard!.release();
    for (const mutex of mutexes) mutex.close();
  });

  it("opens from the handle of a named mutex, too", async () => {
    const stateDirectory = testState();
    const mutex = await openMutex("orders", { kind, stateDirectory });
    const same = await openMutex(JSON.parse(JSON.stringify(mutex.handle)));
    const guard = await mutex.acquire();
    expect(await same.tryAcquire()).toBe(undefined);
    guard.release();
    same.close();
    mutex.close();
    const again = await openMutex(mutex.handle); // a name stays
    (await again.acquire()).release();
    again.close();
  });

  it("makes a mutex without a name, which goes with its last opening", async () => {
    const stateDirectory = testState();
    const mutex = await createMutex({ kind, stateDirectory, tokensAbove: 9 });
    const same = await openMutex(mutex.handle);
    const guard = await same.acquire();
    expect(guard.token).toBe(10);
    expect(await mutex.tryAcquire()).toBe(undefined);
    guard.release();
    mutex.close();
    same.close();
    expect(readdirSync(stateDirectory)).toEqual([]);
    await expect(openMutex(mutex.handle)).rejects.toMatchObject({ code: "LOCK_LOST" });
  });
});

describe("openMutex of kind ipc", () => {
  it("goes on after its primary was killed or has ended: with higher tokens, abandoned unless the lock was free", async () => {
    const stateDirectory = testState();
    const tokens: number[] = [];
    let abandoned = "false";
    for (const ending of ["free", "held", "held", "free", "free"]) {
      const primary = startProgram("cluster-of-one", stateDirectory, ending);
      const [, worker, token, told] = /^worker (\d+) token (\d+) (\w+)$/.exec(
        (await primary.line())!,
      )!;
      tokens.push(Number(token));
      expect(told).toBe(abandoned);
      if (ending === "held") await primary.kill();
      else await primary.gone;
      await vi.waitUntil(() => !isRunning(Number(worker)), 5_000);
      // Nobody has called the data consistent: one death is told of for good.
      if (ending === "held") abandoned = "true";
    }
    expect(tokens).toEqual(tokens.toSorted((a, b) => a - b));
    expect(new Set(tokens).size).toBe(tokens.length);
  });

  it.each(["in a synchronous section", "stopped"])(
    "grants nothing after a killed primary while a worker of it lives, which is %s",
    async (state) => {
      const stateDirectory = testState();
      const [mayLeave, left] = [`${stateDirectory}.may-leave`, `${stateDirectory}.left`];
      const primary = startProgram("long-section", stateDirectory, mayLeave, left);
      const [worker, token] = (await primary.line())!.split(" ").map(Number) as [number, number];
      onTestFinished(() => void (isRunning(worker) && process.kill(worker, "SIGKILL")));
      if (state === "stopped") process.kill(worker, "SIGSTOP");
      primary.process.kill("SIGKILL");
      await once(primary.process, "exit"); // not "close": its worker has its stdout, too
      const mutex = await openMutex("orders", { kind: "ipc", stateDirectory });
      const facts: string[] = [];
      const pending = mutex.acquire().then((guard) => {
        facts.push(isRunning(worker) ? "granted while it lives" : "granted after its end");
        facts.push(existsSync(left) ? "it had left" : "it was inside");
        return guard;
      });
      expect(await mutex.tryAcquire()).toBe(undefined);
      await expect(mutex.acquire({ timeoutMs: 100 })).rejects.toMatchObject({
        code: "LOCK_TIMEOUT",
      });
      await expect(mutex.acquire({ signal: AbortSignal.timeout(1) })).rejects.toMatchObject({
        name: "TimeoutError",
      });
      expect(await mutex.query()).toMatchObject({ held: true, holder: { id: worker }, waiters: 1 });
      expect(isRunning(worker)).toBe(true);
      expect(facts).toEqual([]);
      if (state === "stopped") process.kill(worker, "SIGKILL");
      else writeFileSync(mayLeave, "");
      const guard = await pending;
      expect(facts).toEqual([
        "granted after its end",
        state === "stopped" ? "it was inside" : "it had left",
      ]);
      expect(guard.abandoned).toBe(true);
      expect(guard.token).toBeGreaterThan(token);
      guard.release();
      mutex.close();
      const members = readdirSync(stateDirectory).find((file) => file.endsWith(".members"))!;
      expect(readdirSync(join(stateDirectory, members))).toEqual([]);
    },
  );

  it("is refused to another cluster while the first lives, stopped or not", async () => {
    const stateDirectory = testState();
    const primary = startProgram("cluster-of-one", stateDirectory, "held");
    await primary.line();
    const refusal = (): Promise<unknown> => openMutex("orders", { kind: "ipc", stateDirectory }).catch((error: unknown) => error); // prettier-ignore
    const expected = {
      code: "LOCK_UNSUPPORTED",
      message: expect.stringContaining(`process ${primary.process.pid} keeps it`),
    };
    expect(await refusal()).toMatchObject(expected);
    primary.process.kill("SIGSTOP");
    expect(await refusal()).toMatchObject(expected);
    await primary.kill();
    const mutex = await openMutex("orders", { kind: "ipc", stateDirectory });
    const guard = await mutex.acquire();
    expect(guard.abandoned).toBe(true);
    guard.release();
    mutex.close();
  });

  it.each(["exit", "throw"])("counts a release before %s as a release", async (ending) => {
    const [said] = await runToEnd("release-and-exit", testState(), ending);
    expect(said).toBe("2 false");
  });

  it("waits for a stopped primary, and is granted when it goes on", async () => {
    const stateDirectory = testState();
    const primary = startProgram("stopped-primary", stateDirectory);
    expect(await primary.line()).toBe("worker ready");
    primary.process.kill("SIGSTOP");
    writeFileSync(`${stateDirectory}.stopped`, "");
    expect(await primary.line()).toBe("worker LOCK_TIMEOUT"); // stdout is the worker's own as well
    primary.process.kill("SIGCONT");
    // The grant to the one that timed out came late, and was handed on.
    expect(await primary.line()).toMatch(/^worker granted \d+ false$/);
    await primary.gone;
  });
});

describe("openMutex", () => {
  it("records nothing where a mapped lock cannot lie: not on a disk", async () => {
    // Of the repository's own file system.
    const stateDirectory = mkdtempSync(join(import.meta.dirname, "on-disk-"));
    onTestFinished(() => rmSync(stateDirectory, { recursive: true }));
    expect(statfsSync(stateDirectory).type, "the repository must not lie on a tmpfs").not.toBe(
      0x0102_1994,
    );
    const refused = openMutex("orders", { kind: "mapped", stateDirectory });
    await expect(refused).rejects.toMatchObject({
      code: "LOCK_UNSUPPORTED",
      message: expect.stringContaining("sqlite"),
    });
    expect(readdirSync(stateDirectory)).toEqual([]);
    (await openMutex("orders", { kind: "sqlite", stateDirectory })).close();
  });

  it("refuses another kind than the first opener's, in any process, and never makes a second lock", async () => {
    const stateDirectory = testState();
    const mutex = await openMutex("orders", { kind: "sqlite", stateDirectory });
    const guard = await mutex.acquire();
    for (const kind of lockKinds.keys()) {
      if (kind === "sqlite") continue;
      const [said] = await runToEnd("named-lock", stateDirectory, "orders", kind);
      expect(said).toMatch(/^LOCK_UNSUPPORTED .*it is of kind sqlite, .*Open it with kind sqlite/);
    }
    guard.release();
    mutex.close();
  });

  it("has one kind when processes open a name at once with different ones", async () => {
    const stateDirectory = testState();
    const kinds = ["ipc", "sqlite", "sqlite", "ipc"];
    for (let round = 0; round < 3; round++) {
      const name = `orders-${round}`;
      const children = kinds.map((kind) => startProgram("named-lock", stateDirectory, name, kind));
      const said = await Promise.all(children.map((child) => child.line()));
      await Promise.all(children.map((child) => child.gone));
      const { kind } = findName(stateDirectory, name)!;
      for (const [i, line] of said.entries())
        expect(line).toMatch(kinds[i] === kind ? /^kind|keeps it/ : /^LOCK_UNSUPPORTED .*it is of/);
      expect(said).toContain(`kind ${kind}`);
    }
  });

  it("says what to use instead where the default kind is not to be had, never takes another, and records nothing", async () => {
    const stateDirectory = testState();
    const [said] = await runWithFlags(["--no-experimental-ffi"], "named-lock", stateDirectory, "orders", "any"); // prettier-ignore
    expect(said).toMatch(
      /^LOCK_UNSUPPORTED Cannot make a mutex of the default kind, mapped: .* Say which kind to use, the same in every process: \{ kind: "ipc" \} .* or \{ kind: "sqlite" \}/,
    );
    expect(readdirSync(stateDirectory)).toEqual([]);
  });

  it("refuses a name of a kind that this process cannot use, whose other processes go on", async () => {
    const stateDirectory = testState();
    const mutex = await openMutex("orders", { stateDirectory });
    expect(mutex.handle.kind).toBe("mapped");
    const guard = await mutex.acquire();
    for (const kind of ["any", "mapped"]) {
      const [said] = await runWithFlags(["--no-experimental-ffi"], "named-lock", stateDirectory, "orders", kind); // prettier-ignore
      expect(said).toMatch(/^LOCK_UNSUPPORTED /);
    }
    guard.release();
    mutex.close();
  });

  it("names the kinds that there are when asked for another, and records nothing", async () => {
    const stateDirectory = testState();
    const expected = {
      code: "LOCK_UNSUPPORTED",
      message: expect.stringMatching(/^Cannot make a mutex of kind flock: .*kind: "ipc".*"sqlite"/),
    };
    await expect(createMutex({ kind: "flock" })).rejects.toMatchObject(expected);
    await expect(openMutex("orders", { kind: "flock", stateDirectory })).rejects.toMatchObject(expected); // prettier-ignore
    const mutex = await createMutex({ kind: "sqlite", stateDirectory });
    await expect(openMutex(mutex.handle, { kind: "ipc" })).rejects.toMatchObject({
      code: "LOCK_UNSUPPORTED",
      message: expect.stringContaining("it leads to one of kind sqlite"),
    });
    mutex.close();
    expect(readdirSync(stateDirectory)).toEqual([]);
  });

  it.each(["", "../orders", "a b", "#x", "a".repeat(129), 7, undefined])(
    "refuses the name %j",
    async (name) => {
      await expect(openMutex(name as string)).rejects.toMatchObject({ code: "NAME_INVALID" });
    },
  );

  it.each([null, {}, [], { module: "no such", kind: "ipc", version: 1, data: null }])(
    "refuses %j, which is no handle of its own",
    async (handle) => {
      const invalid = { code: handle === null ? "NAME_INVALID" : "HANDLE_INVALID" };
      await expect(openMutex(handle as never)).rejects.toMatchObject(invalid);
    },
  );

  it("refuses a state directory that is a link, is open to others, or is not ours", async () => {
    const own = testState();
    const link = join(dirname(own), "link");
    symlinkSync(own, link);
    const open = join(dirname(own), "open");
    mkdirSync(open);
    chmodSync(open, 0o755);
    const foreign = join(dirname(own), "foreign");
    mkdirSync(foreign, 0o700);
    if (process.getuid!() === 0) chownSync(foreign, 65_534, 65_534);
    else rmSync(foreign, { recursive: true });
    const refused = [link, open, "relative", ...(process.getuid!() === 0 ? [foreign] : [])];
    for (const kind of lockKinds.keys()) {
      for (const stateDirectory of refused) {
        await expect(openMutex("orders", { kind, stateDirectory })).rejects.toMatchObject({
          code: "STATE_DIRECTORY_INVALID",
        });
      }
    }
  });

  it("refuses a record that somebody has tampered with, in the broker as in any process", async () => {
    const stateDirectory = testState();
    for (const kind of lockKinds.keys()) {
      writeFileSync(join(stateDirectory, `${fileStem(kind)}.name`), "{}", { mode: 0o600 });
      await expect(openMutex(kind, { kind, stateDirectory })).rejects.toMatchObject({
        code: "LOCK_CORRUPT",
      });
    }
    expect(() => claimName(stateDirectory, "ipc", "ipc")).toThrow();
  });
});
