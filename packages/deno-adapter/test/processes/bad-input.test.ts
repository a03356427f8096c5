import { closeSync, mkdirSync, openSync, readdirSync, realpathSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { processLauncher } from "@ticketlock/child-processes";
import { type Adapter, type Launcher, type LockProvider, openSession } from "@ticketlock/core";
import { mappedLocks } from "@ticketlock/mapped-memory";
import { describe, expect, test, vi } from "vitest";
import { adapter } from "../../src/adapter.ts";
import { permissionFlags } from "../../src/processes/permissions.ts";
import { startProgram } from "../support/deno.ts";
import { scratchDirectory } from "../support/scratch.ts";

const temporary = tmpdir();
const ownerFlags = [
  "--allow-run",
  "--allow-env",
  `--allow-read=${temporary},/nowhere`,
  `--allow-write=${temporary},/nowhere`,
  "--unstable-kv",
  "--unstable-worker-options",
];

describe.for(["processes", "workers"] as const)("A session of Deno's %s", (unit) => {
  test.for([
    { what: "leads nowhere", path: () => "/nowhere/tickets.db" },
    {
      what: "is a directory",
      path: () => {
        const directory = join(scratchDirectory(), "tickets.db");
        mkdirSync(directory);
        return directory;
      },
    },
  ])("with a KV path that $what is told so, and starts nobody", async ({ path }) => {
    const program = startProgram("bad-session", [unit, path()], ownerFlags);
    expect(await program.ended, program.errors).toBe(0);
    const [said] = program.said as { readonly tookMs: number }[];
    console.log(`told after ${Math.round(said!.tookMs)} ms`);
    expect(said).toMatchObject({ told: { code: "STORE_UNAVAILABLE" }, started: 0 });
  });
});

describe("A session of Deno's that may write but not read", () => {
  test.for(["json", "json-durable", "sqlite", "kv"])(
    "is told so of a store of kind %s, and leaves no directory behind",
    async (kind) => {
      const scratch = scratchDirectory();
      vi.stubEnv("TMPDIR", scratch);
      const flags = ["--allow-env", "--allow-sys=uid", "--unstable-kv", `--allow-write=${scratch}`];
      const program = startProgram("unreadable-store", [kind], flags);
      vi.unstubAllEnvs();
      expect(await program.ended, program.errors).toBe(0);
      expect(program.said).toEqual([{ told: expect.stringMatching(/read/) }]);
      expect(readdirSync(scratch)).toEqual([]);
    },
  );
});

/** The session's own time limit: beyond the test's, so that it is never what ends a wait. */
const NO_HELP_MS = 3_600_000;

const nodeModules = fileURLToPath(new URL("../../../../node_modules", import.meta.url));
const program = realpathSync(join(nodeModules, "deno/deno"));

describe("An owner in Deno", () => {
  /** What an owner says that may start these programs and read these variables. */
  async function own(...flags: string[]): Promise<unknown> {
    const owner = startProgram(
      "own-processes",
      [],
      ["--allow-read=/", "--allow-write", "--allow-ffi", ...flags],
    );
    // It ends by itself, which it does not while it has a contender.
    expect(await owner.ended, owner.errors).toBe(0);
    return owner.said[0];
  }
  const env = "--allow-env";
  const run = "--allow-run";

  test("may pause and kill its contenders with --allow-run", async () => {
    expect(await own(env, run)).toEqual({ opened: true, paused: true, crashed: true });
  });

  test("has contenders, which it can kill and cannot pause, with an --allow-run that is limited to what README names", async () => {
    expect(await own(env, `${run}=${program},/bin/sh`)).toMatchObject({
      opened: true,
      paused: { code: "PERMISSION_DENIED", message: expect.stringContaining(run) },
      crashed: true,
    });
  });

  test.for([
    { what: "no shell", flags: [env, `${run}=${program}`], says: /--allow-run.*\/bin\/sh/ },
    { what: "no program", flags: [env], says: /--allow-run/ },
    { what: "no environment", flags: [run], says: /--allow-env/ },
    { what: "a part of the environment", flags: [run, `${env}=HOME`], says: /--allow-env/ },
  ])("that is permitted $what is told what to permit, and ends", async ({ flags, says }) => {
    expect(await own(...flags)).toMatchObject({
      opened: { code: "PERMISSION_DENIED", message: expect.stringMatching(says) },
    });
  });
});

/** Opens a session of one contender, and closes it. */
async function open(change: Partial<Adapter>): Promise<void> {
  const adapters = [{ ...adapter, ...change }];
  const lock = { kind: "mapped" };
  const session = await openSession({ adapters, contenders: 1, lock, limitMs: NO_HELP_MS });
  await session.close();
}

/** Where a mapped file says which layout it has. */
const VERSION_AT_BYTES = 8;

/** Locks whose file is of another release by the time that contenders open it. */
const outdated: LockProvider = {
  ...mappedLocks,
  open(handle) {
    const lock = mappedLocks.open(handle);
    const file = openSync(lock.handle.data.path, "r+");
    writeSync(file, new Int32Array([77]), 0, 4, VERSION_AT_BYTES);
    closeSync(file);
    return lock;
  },
};

/** With an --allow-ffi that is limited to paths, as one may think would do. */
const limited: Launcher = processLauncher({
  runtime: "deno",
  flags: (options) =>
    permissionFlags(options).map((flag) => (flag === "--allow-ffi" ? `${flag}=/usr/lib` : flag)),
});

test.for([
  {
    what: "whose --allow-ffi is limited to paths",
    change: { launcher: limited },
    says: "--allow-ffi",
  },
  {
    what: "with a mapped file of another layout",
    change: { locks: [outdated] },
    says: "another release",
  },
])(
  "A contender in Deno $what cannot open the lock, and its owner is told, no time limit has to end the wait",
  async ({ change, says }) => {
    await open({});
    await expect(open(change)).rejects.toMatchObject({
      code: "LOCK_UNSUPPORTED",
      message: expect.stringContaining(says),
    });
  },
);
