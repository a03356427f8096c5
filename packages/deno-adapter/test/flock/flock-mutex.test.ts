import { mkdirSync, readdirSync, readFileSync, renameSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { flockLocks, openFlockMutex, openMutex } from "../../src/index.ts";
import { Actor } from "../support/flock.ts";
import { scratchDirectory } from "../support/scratch.ts";

const CONTENDERS = 8;
const ROUNDS = 40;
const KILLS = 12;
const LIMIT_MS = 60_000;

/** Actors on one lock in a directory of their own. */
function actorsOn(
  count: number,
  twin?: string,
): { directory: string; path: string; actors: Actor[] } {
  const directory = scratchDirectory();
  const path = join(directory, "orders.lock");
  const actors = Array.from({ length: count }, () => new Actor(directory, path, twin));
  return { directory, path, actors };
}

/** Lets all add to a number that only the lock protects: what it says at the end, and all tokens. */
async function countTogether(twin?: string): Promise<{ counted: number; tokens: number[] }> {
  const { directory, actors } = actorsOn(CONTENDERS, twin);
  const file = join(directory, "count");
  writeFileSync(file, "0");
  await Promise.all(actors.map((actor) => actor.state()));
  const answers = await Promise.all(
    actors.map((actor) => actor.ask("count", { file, rounds: ROUNDS })),
  );
  const tokens = answers.flatMap(({ value }) => (value as { tokens: number[] }).tokens);
  return { counted: Number(readFileSync(file, "utf8")), tokens };
}

describe("FlockMutex between processes", () => {
  it(
    `lets one in at a time: ${CONTENDERS} processes lose no addition, and no token is given twice`,
    async () => {
      const { counted, tokens } = await countTogether();
      expect(counted).toBe(CONTENDERS * ROUNDS);
      expect(tokens.sort((a, b) => a - b)).toEqual(tokens.map((_, i) => i + 1));
    },
    LIMIT_MS,
  );

  it.each(["shared", "token-not-written"])(
    "is found out as %s by the same count",
    async (twin) => {
      const { counted, tokens } = await countTogether(twin);
      const exact = counted === CONTENDERS * ROUNDS;
      expect(exact && new Set(tokens).size === tokens.length).toBe(false);
    },
    LIMIT_MS,
  );

  it(
    `passes from a killed holder to a waiter, ${KILLS} kills: abandoned, with a higher token`,
    async () => {
      const { directory, path, actors } = actorsOn(2);
      let [holder, waiter] = actors as [Actor, Actor];
      let last = (await holder.acquire()).token;
      for (let kill = 0; kill < KILLS; kill++) {
        const next = waiter.acquire();
        await holder.waiters(1);
        await holder.die();
        const grant = await next;
        expect(grant.abandoned).toBe(true);
        expect(grant.token).toBeGreaterThan(last);
        last = grant.token;
        if (kill % 2 === 0) await waiter.ask("markConsistent");
        expect((await waiter.state()).abandoned).toBe(kill % 2 !== 0);
        [holder, waiter] = [waiter, new Actor(directory, path)];
      }
      await holder.ask("markConsistent");
      await holder.ask("release");
      expect(await waiter.acquire()).toEqual({ token: last + 1, abandoned: false });
    },
    LIMIT_MS,
  );

  it.each([
    ["mark-not-cleared", true, true],
    ["mark-not-set", false, false],
    ["", false, true],
  ])(
    "tells of deaths inside, and of no others; %s does not",
    async (twin, afterRelease, afterDeath) => {
      const { directory, path, actors } = actorsOn(1, twin);
      const [first] = actors as [Actor];
      await first.acquire();
      await first.ask("release");
      const second = new Actor(directory, path, twin);
      expect((await second.acquire()).abandoned).toBe(afterRelease);
      await second.ask("markConsistent");
      await second.die();
      expect((await first.acquire()).abandoned).toBe(afterDeath);
    },
    LIMIT_MS,
  );

  it.each([
    { twin: "never-looks", timeoutMs: 30_000, granted: true },
    { twin: "never-rings", timeoutMs: 500, granted: false },
  ])(
    "rings when it is released: waiters that do not look by themselves are granted, $granted of $twin",
    async ({ twin, timeoutMs, granted }) => {
      const { actors } = actorsOn(2, twin);
      const [holder, waiter] = actors as [Actor, Actor];
      for (let round = 0; round < 3; round++) {
        await holder.acquire();
        const waiting = waiter.ask("acquire", { timeoutMs });
        await holder.waiters(1);
        await waiter.ask("hasLooked");
        await holder.ask("release");
        expect((await waiting).code).toBe(granted ? undefined : "LOCK_TIMEOUT");
        if (granted) await waiter.ask("release");
      }
    },
    LIMIT_MS,
  );

  it(
    "is not kept by a process that has stopped waiting, by time or signal, and is then busy",
    async () => {
      for (const limit of [{ timeoutMs: 20 }, { abortMs: 20 }]) {
        const { directory, actors } = actorsOn(3);
        const [holder, fickle, patient] = actors as [Actor, Actor, Actor];
        await holder.acquire();
        const given = await fickle.ask("acquire", limit);
        expect(given.code).toMatch(/^LOCK_TIMEOUT$|^TimeoutError/);
        const next = patient.acquire();
        await holder.waiters(1);
        const goOn = join(directory, "go-on");
        const busy = fickle.ask("busyUntil", { file: goOn });
        await fickle.program.until((said) => said.some((one) => (one as { busy?: true }).busy));
        await holder.ask("release");
        await next; // though the one that was waiting before it is busy still
        writeFileSync(goOn, "");
        await busy;
      }
    },
    LIMIT_MS,
  );

  it(
    "does not keep a process alive that has stopped waiting, nor one that has closed it",
    async () => {
      for (const last of ["leave", "close"] as const) {
        const { actors } = actorsOn(2);
        const [holder, waiter] = actors as [Actor, Actor];
        await holder.acquire();
        const limit = last === "leave" ? { timeoutMs: 5 } : {};
        const waiting = waiter.ask("acquire", limit);
        if (last === "close") await holder.waiters(1);
        else expect((await waiting).code).toBe("LOCK_TIMEOUT");
        if (last === "close") await waiter.ask("close");
        waiter.program.endInput();
        expect((await waiting).code).toBe(last === "close" ? "LOCK_CLOSED" : "LOCK_TIMEOUT");
        expect(await waiter.program.ended).toBe(0);
      }
    },
    LIMIT_MS,
  );

  it(
    "is LOCK_LOST once its file was replaced: for who waits, for who holds, for who comes",
    async () => {
      const { path, actors } = actorsOn(2);
      const [holder, waiter] = actors as [Actor, Actor];
      await holder.acquire();
      const waiting = waiter.ask("acquire");
      await holder.waiters(1);
      renameSync(join(path, "lock"), join(path, "away"));
      writeFileSync(join(path, "lock"), readFileSync(join(path, "away")), { mode: 0o600 });
      expect((await holder.ask("release")).code).toBe("LOCK_LOST");
      expect((await waiting).code).toBe("LOCK_LOST");
      expect((await holder.ask("acquire")).code).toBe("LOCK_LOST");
    },
    LIMIT_MS,
  );

  it(
    "counts the waiters of all processes, and names a holder that lives",
    async () => {
      const { actors } = actorsOn(3);
      const [holder, one, other] = actors as [Actor, Actor, Actor];
      await holder.acquire();
      void one.acquire().catch(() => undefined);
      void other.acquire().catch(() => undefined);
      await holder.waiters(2);
      const seen = await other.state();
      expect(seen).toMatchObject({ held: true, waiters: 2, abandoned: false });
      expect(Number.isSafeInteger(seen.holder?.id)).toBe(true);
      await one.die();
      await holder.waiters(1);
      await holder.die();
      await other.waiters(0);
      expect(await other.state()).toMatchObject({ held: true, abandoned: true });
    },
    LIMIT_MS,
  );

  it("makes files for this user alone", async () => {
    const { path, actors } = actorsOn(1);
    await actors[0]!.acquire();
    expect(statSync(path).mode & 0o777).toBe(0o700);
    for (const name of readdirSync(path))
      expect(statSync(join(path, name)).mode & 0o777).toBe(0o600);
  });

  it("refuses what is no lock, having changed nothing", async () => {
    const { directory, path } = actorsOn(0);
    mkdirSync(path, { mode: 0o700 });
    for (const text of ["rubbish".repeat(100), "", "ticketlock flock 9\n".padEnd(512, "\0")]) {
      writeFileSync(join(path, "lock"), text, { mode: 0o600 });
      const actor = new Actor(directory, path);
      expect(await actor.program.ended).toBe(1);
      expect(actor.program.errors).toContain("TicketlockError: Cannot use");
      expect(readFileSync(join(path, "lock"), "utf8")).toBe(text);
    }
  });
});

describe("A flock in another runtime", () => {
  it("is LOCK_UNSUPPORTED, and the message names what to use", async () => {
    const stateDirectory = join(scratchDirectory(), "state");
    for (const open of [
      async () => openFlockMutex("/nowhere"),
      () => openMutex("orders", { kind: "flock", stateDirectory }),
      async () => flockLocks.create("flock"),
    ])
      await expect(open()).rejects.toMatchObject({
        code: "LOCK_UNSUPPORTED",
        message: expect.stringContaining("Use kind mapped there") as unknown,
      });
    expect(readdirSync(stateDirectory)).toEqual([]);
  });
});
