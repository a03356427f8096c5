import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { chmodSync, copyFileSync, existsSync, readdirSync, readFileSync, renameSync, symlinkSync, utimesSync, writeFileSync } from "node:fs"; // prettier-ignore
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { fileURLToPath } from "node:url";
import type { Handle } from "@ticketlock/core";
import { describe, expect, it, onTestFinished } from "vitest";
import { openNamedSqlite, sqliteLocks } from "../../src/sqlite/sqlite-locks.ts";
import type { SqliteMutex } from "../../src/sqlite/sqlite-mutex.ts";
import { openMutex } from "../../src/index.ts";
import { runToEnd, startProgram } from "../child.ts";
import { testState, untilState } from "../session-kit.ts";

const holder = fileURLToPath(new URL("../programs/sqlite-holder.mjs", import.meta.url));

function pathOf({ handle }: { handle: Handle }): string {
  return (handle.data as { path: string }).path;
}

async function makeMutex(
  options: { tokensAbove?: number; maxContenders?: number } = {},
): Promise<SqliteMutex> {
  return sqliteLocks.open(
    sqliteLocks.create("sqlite", { ...options, stateDirectory: testState() }),
  );
}

/** A process that waits for the lock. */
async function startWaiter(handle: Handle): Promise<{ kill(): Promise<void> }> {
  const child = spawn(process.execPath, [holder, JSON.stringify(handle)], { env: {}, stdio: "ignore" }); // prettier-ignore
  onTestFinished(() => void child.kill("SIGKILL"));
  const gone = once(child, "exit");
  return {
    async kill() {
      child.kill("SIGKILL");
      await gone;
    },
  };
}

/** A process that holds the lock; settles when it says its token. */
async function startHolder(
  handle: Handle,
  ending = "",
): Promise<{ kill(): Promise<void>; said: string }> {
  const child = spawn(process.execPath, [holder, JSON.stringify(handle), ending], {
    env: {},
    stdio: ["ignore", "pipe", "ignore"],
  });
  onTestFinished(() => void child.kill("SIGKILL"));
  const gone = once(child, "exit");
  const [said] = (await once(child.stdout, "data")) as [Buffer];
  const kill = async (): Promise<void> => {
    child.kill("SIGKILL");
    await gone;
  };
  return { kill, said: said.toString().trim() };
}

describe("SqliteMutex", () => {
  it("passes a killed holder's lock on, abandoned until somebody answers, with a token never given before", async () => {
    const mutex = await makeMutex({ tokensAbove: 40 });
    const other = await sqliteLocks.open(mutex.handle);
    const { kill, said } = await startHolder(mutex.handle);
    expect(said).toBe("41 false");
    const pending = [mutex.acquire(), other.acquire()];
    await untilState(mutex, ({ held, waiters }) => held && waiters === 2);
    await kill();
    const first = await Promise.race(pending);
    expect([first.token, first.abandoned]).toEqual([42, true]);
    first.release();
    const tokens = [];
    for (const guard of await Promise.all(pending.map((one) => one.then((guard) => (guard.release(), guard))))) tokens.push(`${guard.token} ${guard.abandoned}`); // prettier-ignore
    expect(tokens.toSorted()).toEqual(["42 true", "43 true"]);
    const answering = await mutex.acquire();
    answering.markConsistent();
    answering.release();
    expect(() => answering.markConsistent()).toThrow(expect.objectContaining({ code: "LOCK_NOT_HOLDER" })); // prettier-ignore
    const last = await other.acquire();
    expect([last.token, last.abandoned]).toEqual([45, false]);
    last.release();
    mutex.close();
    other.close();
  });

  it.each(["exit", "throw"])("survives %s in the section", async (ending) => {
    const mutex = await makeMutex();
    const { said } = await startHolder(mutex.handle, ending);
    expect(said).toBe("1 false");
    const guard = await mutex.acquire();
    expect([guard.token, guard.abandoned]).toEqual([2, true]);
    guard.release();
    mutex.close();
  });

  it("tells a dead holder's lock from a held one, and counts no dead waiter", async () => {
    const mutex = await makeMutex();
    const { kill } = await startHolder(mutex.handle, "wait");
    const state = await untilState(mutex, ({ waiters }) => waiters === 1);
    expect(state).toMatchObject({ held: true, token: 1, abandoned: false });
    await kill();
    expect(await mutex.query()).toEqual({ held: false, token: 1, waiters: 0, abandoned: true });
    mutex.close();
  });

  it("makes way for no dead waiter: a release alone removes what one left", async () => {
    const mutex = await makeMutex();
    const guard = await mutex.acquire();
    const { kill } = await startWaiter(mutex.handle);
    await untilState(mutex, ({ waiters }) => waiters === 1);
    await kill();
    const openings = (): number => readdirSync(pathOf(mutex)).filter((file) => file.startsWith("o.")).length; // prettier-ignore
    expect(openings()).toBe(2);
    guard.release();
    expect(openings()).toBe(1);
    mutex.close();
  });

  it("keeps no files of openings whose processes have died: an opening removes them, and so do releases when they have become many", async () => {
    const path = join(testState(), "orders.sqlite");
    const first = await openNamedSqlite(path);
    const openings = (): string[] => readdirSync(path).filter((file) => file.startsWith("o."));
    const [own] = openings();
    // A process that had this one's id before: neither waiting nor holding.
    const leaveDead = (count: number): void => {
      for (let i = 0; i < count; i++)
        writeFileSync(join(path, own!.replace(/-\d+-(.*)\.[0-9a-f]{16}\./, (_, rest) => `-1-${rest}.${i.toString(16).padStart(16, "0")}.`)), "", { mode: 0o600 }); // prettier-ignore
    };
    leaveDead(500);
    expect(openings()).toHaveLength(501);
    const second = await openNamedSqlite(path);
    expect(openings()).toHaveLength(2);
    expect(openings()).toContain(own);
    second.close();
    leaveDead(500);
    (await first.acquire()).release();
    expect(openings()).toEqual([own]);
    // As many again and again: a release never lists more than this.
    let most = 0;
    for (let round = 0; round < 60; round++) {
      leaveDead(round);
      (await first.acquire()).release();
      most = Math.max(most, openings().length);
    }
    expect(most).toBeLessThan(25);
    first.close();
  });

  it("removes what a killed process had open of a named lock when the next one opens it", async () => {
    const stateDirectory = testState();
    const mutex = await openMutex("orders", { kind: "sqlite", stateDirectory });
    const holder = startProgram("named-lock", stateDirectory, "orders", "sqlite", "hold");
    expect([await holder.line(), await holder.line()]).toEqual(["kind sqlite", "token 1 false"]);
    const openings = (): number => readdirSync(pathOf(mutex)).filter((file) => file.startsWith("o.")).length; // prettier-ignore
    expect(openings()).toBe(2);
    await holder.kill();
    const other = await openMutex("orders", { stateDirectory });
    expect(openings()).toBe(2);
    other.close();
    expect(openings()).toBe(1);
    mutex.close();
  });

  it("grants ten thousand waiters of one process, one at a time, and leaves the event loop to others meanwhile", async () => {
    const mutex = await makeMutex();
    const guard = await mutex.acquire();
    let [inside, most, turns] = [0, 0, 0];
    const all = Array.from({ length: 10_000 }, () =>
      mutex.runExclusive(async () => {
        most = Math.max(most, ++inside);
        await Promise.resolve();
        inside--;
      }),
    );
    expect((await mutex.query()).waiters).toBe(10_000);
    const timer = setInterval(() => turns++, 1);
    guard.release();
    await Promise.all(all);
    clearInterval(timer);
    expect(most).toBe(1);
    expect(turns).toBeGreaterThan(10);
    expect(await mutex.query()).toMatchObject({ held: false, waiters: 0, token: 10_001 });
    mutex.close();
  });

  it("lets timers run while it waits for another opening", async () => {
    const mutex = await makeMutex();
    const other = await sqliteLocks.open(mutex.handle);
    const guard = await mutex.acquire();
    const pending = other.acquire();
    for (let i = 0; i < 50; i++) await new Promise((resolve) => setTimeout(resolve, 1));
    guard.release();
    (await pending).release();
    mutex.close();
    other.close();
  });

  it("excludes threads of one process from each other, and leaves no opening of theirs behind", async () => {
    const [said] = await runToEnd("sqlite-in-threads", testState());
    const state = { token: 80, waiters: 0, abandoned: false, held: false };
    expect(said).toBe(`80 ${JSON.stringify(state)}`);
  });

  it("bounds its waiters where told to", async () => {
    const mutex = await makeMutex({ maxContenders: 2 });
    const other = await sqliteLocks.open(mutex.handle);
    const guard = await mutex.acquire();
    const pending = [mutex.acquire(), other.acquire()];
    await expect(other.acquire()).rejects.toMatchObject({ code: "QUEUE_FULL" });
    guard.release();
    for (const one of pending) (await one).release();
    mutex.close();
    other.close();
  });

  it("goes with its last opening; what dead processes leave is removed by the next to make one", async () => {
    const stateDirectory = testState();
    const mutex = await sqliteLocks.open(sqliteLocks.create("sqlite", { stateDirectory }));
    const other = await sqliteLocks.open(mutex.handle);
    mutex.close();
    const guard = await other.acquire();
    other.close();
    expect(existsSync(pathOf(mutex))).toBe(true); // a guard outlives the closing
    guard.release();
    expect(readdirSync(stateDirectory)).toEqual([]);
    await expect(sqliteLocks.open(mutex.handle)).rejects.toMatchObject({ code: "LOCK_LOST" });

    const left = sqliteLocks.create("sqlite", { stateDirectory });
    const { kill } = await startHolder(left);
    await (await sqliteLocks.open(left)).close();
    await kill();
    utimesSync(pathOf({ handle: left }), 0, 0);
    const next = sqliteLocks.create("sqlite", { stateDirectory });
    expect(readdirSync(stateDirectory)).toHaveLength(1);
    await (await sqliteLocks.open(next)).close();
    expect(readdirSync(stateDirectory)).toEqual([]);
  });

  it("is removed when the process that made it ends without opening it", () => {
    const stateDirectory = testState();
    const module = new URL("../../src/sqlite/sqlite-locks.ts", import.meta.url).href;
    const script = `import { sqliteLocks } from ${JSON.stringify(module)}; sqliteLocks.create("sqlite", { stateDirectory: ${JSON.stringify(stateDirectory)} });`;
    const { status } = spawnSync(process.execPath, ["--input-type=module", "-e", script], {
      env: {},
    });
    expect(status).toBe(0);
    for (const left of readdirSync(stateDirectory)) utimesSync(join(stateDirectory, left), 0, 0);
    const handle = sqliteLocks.create("sqlite", { stateDirectory });
    expect(readdirSync(stateDirectory)).toHaveLength(1);
    expect(existsSync(pathOf({ handle }))).toBe(true);
  });

  it("notices that other files stand in the place of its own", async () => {
    const path = join(testState(), "lock.sqlite");
    const mutex = await openNamedSqlite(path);
    renameSync(path, `${path}.moved`);
    expect(() => mutex.tryAcquire()).toThrow(expect.objectContaining({ code: "LOCK_LOST" }));
    const stranger = await openNamedSqlite(path);
    await expect(mutex.acquire()).rejects.toMatchObject({ code: "LOCK_LOST" });
    await expect(mutex.query()).resolves.toMatchObject({ held: false });
    const guard = await stranger.acquire();
    guard.release();
    stranger.close();
    mutex.close();
  });

  it("takes no other file in the place of its own, and leaves it as it is", async () => {
    const garbage = (path: string): void => writeFileSync(path, "no database, but long enough to be read as one".repeat(50), { mode: 0o600 }); // prettier-ignore
    const spoil: [string, string, (path: string) => void][] = [
      ["hold.db", "LOCK_CORRUPT", garbage],
      ["hold.db", "LOCK_CORRUPT", (path) => chmodSync(path, 0o644)],
      ["lock.db", "LOCK_CORRUPT", (path) => (renameSync(path, `${path}.moved`), symlinkSync(`${path}.moved`, path))],
      ["hold.db", "LOCK_CORRUPT", (path) => alter(path, "PRAGMA user_version = 7")],
      ["hold.db", "LOCK_CORRUPT", (path) => alter(path, "DELETE FROM hold")],
    ]; // prettier-ignore
    for (const [name, code, act] of spoil) {
      const path = join(testState(), "lock.sqlite");
      (await openNamedSqlite(path)).close();
      act(join(path, name));
      const before = readFileSync(join(path, name));
      await expect(openNamedSqlite(path), `${name} ${act}`).rejects.toMatchObject({ code });
      expect(readFileSync(join(path, name))).toEqual(before);
    }
  });

  it("says what to use instead where Node has no SQLite", async () => {
    const { handle } = await makeMutex();
    const { getBuiltinModule } = process;
    process.getBuiltinModule = () => undefined as never;
    try {
      expect(() => sqliteLocks.create("sqlite")).toThrow(
        expect.objectContaining({
          code: "LOCK_UNSUPPORTED",
          message: expect.stringMatching(/22\.13\. Use a newer Node, or kind ipc/),
        }),
      );
      await expect(sqliteLocks.open(handle)).rejects.toMatchObject({ code: "LOCK_UNSUPPORTED" });
    } finally {
      process.getBuiltinModule = getBuiltinModule;
    }
  });

  it("notices that another record stands in the place of its own, which would repeat tokens", async () => {
    const path = join(testState(), "lock.sqlite");
    const mutex = await openNamedSqlite(path);
    copyFileSync(join(path, "wake"), join(path, "copy"));
    mutex.tryAcquire()!.release();
    renameSync(join(path, "copy"), join(path, "hold.db"));
    expect(() => mutex.tryAcquire()).toThrow(expect.objectContaining({ code: "LOCK_LOST" }));
    mutex.close();
  });
});

function alter(path: string, statement: string): void {
  const database = new DatabaseSync(path);
  database.exec(`${statement}; PRAGMA wal_checkpoint(TRUNCATE)`);
  database.close();
}
