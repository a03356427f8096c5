import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { DenoProgram } from "./support/deno.ts";
import { flockFlags } from "./support/flock.ts";
import { installBeside } from "./support/installed.ts";
import { kvFlags } from "./support/kv.ts";
import { scratchDirectory } from "./support/scratch.ts";

const folder = mkdtempSync(join(tmpdir(), "ticketlock-installed-"));
let program = "";
beforeAll(() => {
  program = installBeside(folder, new URL("programs/permissions.ts", import.meta.url));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** What a use says in a Deno with these flags and no others. */
async function say(use: string, directory: string, flags: readonly string[]): Promise<unknown> {
  const deno = new DenoProgram(program, [use, directory], flags);
  expect(await deno.ended, deno.errors).toBe(0);
  return deno.said[0];
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
  it("says what is wrong with an --allow-ffi that is limited to paths", async () => {
    const directory = mappedDirectory();
    const said = await say("mapped by name", directory, [
      "--allow-ffi=/usr/lib",
      ...mappedFlags(directory).slice(1),
    ]);
    expect(said).toMatch(
      /^LOCK_UNSUPPORTED: .*not limited to paths.*Elsewhere use a lock of kind "flock"/,
    );
  });
});

describe("A flock by name, without a state directory, in Deno", () => {
  it("is refused where Deno gives nothing below /dev, and says what to do", async () => {
    const said = await say("flock by name, nowhere said", "", flockFlags("/dev/shm"));
    expect(said).toMatch(/^STATE_DIRECTORY_INVALID: .*--allow-all/);
  });
});
