import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { DenoProgram } from "./support/deno.ts";
import { flockFlags } from "./support/flock.ts";
import { installBeside } from "./support/installed.ts";
import { kvFlags } from "./support/kv.ts";
import { scratchDirectory } from "./support/scratch.ts";

const folders: string[] = [];
let program = "";
let workers = "";

function installed(name: string): string {
  const folder = mkdtempSync(join(tmpdir(), "ticketlock-installed-"));
  folders.push(folder);
  return installBeside(folder, new URL(`programs/${name}.ts`, import.meta.url));
}

beforeAll(() => {
  program = installed("permissions");
  workers = installed("worker-permissions");
});
afterAll(() => folders.forEach((folder) => rmSync(folder, { recursive: true, force: true })));

/** What a program says in a Deno with these flags and no others. */
async function sayIn(
  path: string,
  args: readonly string[],
  flags: readonly string[],
): Promise<unknown> {
  const deno = new DenoProgram(path, args, flags);
  expect(await deno.ended, deno.errors).toBe(0);
  return deno.said[0];
}

/** What a use of locks or stores between processes says. */
function say(use: string, directory: string, flags: readonly string[]): Promise<unknown> {
  return sayIn(program, [use, directory], flags);
}

const readme: string = readFileSync(new URL("../README.md", import.meta.url), "utf8");

/** What a program that uses mapped mutexes in a state directory needs. */
function mappedFlags(directory: string): string[] {
  return ["--allow-ffi", `--allow-read=${directory}`, `--allow-write=${directory}`];
}

/** Mapped memory lies on a tmpfs. */
function mappedDirectory(): string {
  const directory = mkdtempSync("/dev/shm/ticketlock-test-");
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
  return directory;
}

const state = `/dev/shm/ticketlock-${process.getuid!()}`;

const kinds = [
  { use: "kv", flagsFor: kvFlags, place: scratchDirectory, shown: "/srv/shop" },
  { use: "kv temporary", flagsFor: kvFlags, place: () => "/tmp", shown: "/srv/shop" },
  { use: "flock", flagsFor: flockFlags, place: scratchDirectory, shown: "/srv/shop" },
  { use: "flock by name", flagsFor: flockFlags, place: scratchDirectory, shown: "/srv/shop" },
  { use: "flock temporary", flagsFor: flockFlags, place: () => "/tmp", shown: "/srv/shop" },
  {
    use: "mapped by name",
    flagsFor: mappedFlags,
    place: mappedDirectory,
    shown: "/dev/shm/ticketlock-1000",
  },
  {
    use: "mapped temporary",
    flagsFor: mappedFlags,
    place: () => state,
    shown: "/dev/shm/ticketlock-1000",
  },
] as const;

for (const { use, flagsFor, place, shown } of kinds) {
  describe(`A ${use} in Deno`, () => {
    it("works with just the flags that README names", async () => {
      const directory = place();
      expect(readme).toContain(`deno run ${flagsFor(shown).join(" ")}`);
      expect(await say(use, directory, flagsFor(directory))).toBe("works");
    });

    it.each(flagsFor("").map((flag, i) => [flag, i] as const))(
      "is UNSUPPORTED without %s, and the message names it",
      async (flag, left) => {
        const directory = place();
        const flags = flagsFor(directory).filter((_, i) => i !== left);
        const said = await say(use, directory, flags);
        expect(said).toMatch(/^(?:LOCK|STORE)_UNSUPPORTED: Cannot /);
        expect(said).toContain(flag);
      },
    );
  });
}

describe("A mapped mutex in Deno", () => {
  it.each([["--allow-ffi=/usr/lib"], ["--allow-ffi", "--deny-ffi=/usr/lib"]])(
    "says what is wrong with %s %s",
    async (...ffi) => {
      const directory = mappedDirectory();
      const files = mappedFlags(directory).slice(1);
      expect(await say("mapped by name", directory, [...ffi, ...files])).toMatch(
        /^LOCK_UNSUPPORTED: .*not limited to paths.*Elsewhere use a lock of kind "flock"/,
      );
    },
  );
});

describe("A flock by name in Deno", () => {
  it("works without FFI where a part of FFI is denied", async () => {
    const directory = scratchDirectory();
    const flags = ["--allow-ffi", "--deny-ffi=/usr/lib", ...flockFlags(directory)];
    expect(await say("flock by name", directory, flags)).toBe("works");
  });
});

describe("A flock by name, without a state directory, in Deno", () => {
  it("is refused where Deno gives nothing below /dev, and says what to do", async () => {
    const said = await say("flock by name, nowhere said", "", flockFlags("/dev/shm"));
    expect(said).toMatch(/^STATE_DIRECTORY_INVALID: .*--allow-all/);
  });
});

const WORKERS = "--unstable-worker-options";

describe("Workers in Deno", () => {
  it.each(["futex", "fifo"])("have %s and shared without any flag", async (kind) => {
    expect(await sayIn(workers, ["this thread", kind], [])).toBe("works");
  });

  it.each(["futex", "fifo"])(
    "are contenders on %s and shared with just the flag that README names",
    async (kind) => {
      expect(await sayIn(workers, ["contenders with lock", kind], [WORKERS])).toBe("works");
    },
  );

  it("may load a workload from a file with --allow-read, and without it the message names the flag", async () => {
    const file = join(scratchDirectory(), "workload.js");
    writeFileSync(file, "export default () => 'loaded';");
    const play = (flags: readonly string[]): Promise<unknown> =>
      sayIn(workers, ["contenders that load", "futex", file], [WORKERS, ...flags]);
    expect(await play([`--allow-read=${file}`])).toBe("works");
    expect(await play([])).toMatch(/^CONTENDER_FAILED: .*--allow-read/);
  });

  it("are contenders on json with just the flags that README names, and without one the message names it", async () => {
    const directory = scratchDirectory();
    const flags = [`--allow-read=${directory}`, `--allow-write=${directory}`];
    const play = (name: string, given: readonly string[]): Promise<unknown> =>
      sayIn(workers, ["contenders with store", "json", join(directory, name)], [WORKERS, ...given]);
    expect(await play("all.json", flags)).toBe("works");
    for (const [i, missing] of flags.entries()) {
      const said = await play(`${i}.json`, flags.toSpliced(i, 1));
      expect(said).toMatch(/^STORE_UNAVAILABLE: /);
      expect(said).toContain(missing.split("=")[0]);
    }
  });

  it("end with Deno's own line that names the flag where --unstable-worker-options is missing, and leave no file", async () => {
    const directory = scratchDirectory();
    const path = join(directory, "tickets.json");
    const deno = new DenoProgram(workers, ["contenders with store", "json", path], ["--allow-all"]);
    expect(await deno.ended).toBe(70);
    expect(deno.errors).toContain(WORKERS);
    expect(readdirSync(directory)).toEqual([]);
  });

  it("may write where their session says and their parent may, else the message names the flag", async () => {
    const args = ["contenders that write", "", scratchDirectory()];
    expect(await sayIn(workers, args, [WORKERS, "--allow-write"])).toBe("works");
    const said = await sayIn(workers, args, [WORKERS]);
    expect(said).toMatch(/^PERMISSION_DENIED: .*--allow-write/);
  });

  const nothing = { env: "denied", ffi: "denied", net: "denied", run: "denied", sys: "denied" };

  it("get no permission that they do not need, whatever their parent has", async () => {
    const said = await sayIn(workers, ["what they may", "least"], ["--allow-all", WORKERS]);
    expect(said).toEqual({ ...nothing, read: "granted", write: "denied" });
  });

  it("are found out where they inherit all that their parent has", async () => {
    const said = await sayIn(workers, ["what they may", "inherit"], ["--allow-all"]);
    expect(Object.values(said as object)).not.toContain("denied");
  });
});
