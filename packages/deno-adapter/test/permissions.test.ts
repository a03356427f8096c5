import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
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

const kinds = [
  { use: "kv", flagsFor: kvFlags, at: undefined },
  { use: "kv temporary", flagsFor: kvFlags, at: "/tmp" },
  { use: "flock", flagsFor: flockFlags, at: undefined },
  { use: "flock by name", flagsFor: flockFlags, at: undefined },
  { use: "flock temporary", flagsFor: flockFlags, at: "/tmp" },
] as const;

for (const { use, flagsFor, at } of kinds) {
  describe(`A ${use} in Deno`, () => {
    it("works with just the flags that README names", async () => {
      const directory = at ?? scratchDirectory();
      expect(readme).toContain(`deno run ${flagsFor("/srv/shop").join(" ")}`);
      expect(await say(use, directory, flagsFor(directory))).toBe("works");
    });

    it.each(flagsFor("").map((flag, i) => [flag, i] as const))(
      "is UNSUPPORTED without %s, and the message names it",
      async (flag, place) => {
        const directory = at ?? scratchDirectory();
        const flags = flagsFor(directory).filter((_, i) => i !== place);
        const said = await say(use, directory, flags);
        expect(said).toMatch(/^(?:LOCK|STORE)_UNSUPPORTED: Cannot /);
        expect(said).toContain(flag);
      },
    );
  });
}

describe("A flock by name, without a state directory, in Deno", () => {
  it("is refused where Deno gives nothing below /dev, and says what to do", async () => {
    const said = await say("flock by name, nowhere said", "", flockFlags("/dev/shm"));
    expect(said).toMatch(/^STATE_DIRECTORY_INVALID: .*--allow-all/);
  });
});
