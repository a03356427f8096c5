import { mkdtempSync, readFileSync, rmSync, statfsSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Runtime } from "@ticketlock/child-processes";
import { findName } from "@ticketlock/mapped-memory/state";
import { describe, expect, onTestFinished, test } from "vitest";
import { Program } from "./program.ts";

const adapters: Readonly<Record<Runtime, string>> = {
  node: "@ticketlock/node-cluster",
  deno: "@ticketlock/deno-adapter",
  bun: "@ticketlock/bun-adapter",
};
const runtimes = ["node", "deno", "bun"] as const;
const sources = fileURLToPath(new URL("../../../", import.meta.url));
const ROUNDS = 500;
const TMPFS = 0x0102_1994;

/** A directory of the test's own, on a tmpfs unless said otherwise, as a state directory must. */
function scratch(parent = "/dev/shm"): string {
  const directory = mkdtempSync(join(parent, "ticketlock-test-"));
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
  return directory;
}

/** Where a file may be that is not in memory only. The repository may lie on a tmpfs, but hardly all of these do. */
function notTmpfs(): string {
  const places = [import.meta.dirname, tmpdir(), "/var/tmp"];
  const found = places.find((place) => statfsSync(place).type !== TMPFS);
  if (found !== undefined) return found;
  throw new Error(
    `Cannot try a state directory that is not on a tmpfs: ${places.join(", ")} all are. Set TMPDIR to a directory on a disk.`,
  );
}

/** Without FFI, Deno gives what lies below /dev to nobody but with all permissions. */
function flagsOf(runtime: Runtime, directories: readonly string[], isFlock: boolean): string[] {
  if (runtime === "node") return ["--no-warnings"];
  if (runtime === "bun") return [];
  if (isFlock) return ["--allow-all"];
  const paths = directories.join();
  return ["--allow-ffi", `--allow-read=${paths},${sources}`, `--allow-write=${paths}`];
}

function open(runtime: Runtime, directory: string, kind: string, counter?: string): Program {
  const counts = counter === undefined ? [] : [counter, String(ROUNDS)];
  const args = [adapters[runtime], join(directory, "state"), "orders", kind, ...counts];
  const directories = counter === undefined ? [directory] : [directory, dirname(counter)];
  return new Program(runtime, "open-name", args, flagsOf(runtime, directories, kind === "flock"));
}

async function say(runtime: Runtime, directory: string, kind: string): Promise<unknown> {
  const program = open(runtime, directory, kind);
  expect(await program.ended, program.errors).toBe(0);
  return program.said[0];
}

/** What two processes of each runtime have counted to, at once. */
async function countTogether(kind: string): Promise<number> {
  const directory = scratch();
  // Deno's own calls reach nothing below /dev.
  const counter = join(scratch(tmpdir()), "counter");
  writeFileSync(counter, "0");
  const cast = [...runtimes, ...runtimes];
  const programs = cast.map((each) => open(each, directory, kind, counter));
  await Promise.all(programs.map((each) => each.until("ready")));
  for (const each of programs) each.go();
  const codes = await Promise.all(programs.map((each) => each.ended));
  expect(programs.map(({ said }) => said)).toEqual(
    cast.map(() => ["kind mapped", "ready", "done"]),
  );
  expect(codes).toEqual(cast.map(() => 0));
  return Number(readFileSync(counter, "utf8"));
}

describe("openMutex of a name", () => {
  test("is one mutex for processes of Node, Deno and Bun: no addition of theirs is lost", async () => {
    expect(await countTogether("any")).toBe(2 * runtimes.length * ROUNDS);
  });

  test("which mutexes of their own would lose", async () => {
    expect(await countTogether("own")).toBeLessThan(2 * runtimes.length * ROUNDS);
  });

  test.for(runtimes)(
    "made by %s as mapped, is mapped for all, and refuses flock to Deno",
    async (maker) => {
      const directory = scratch();
      expect(await say(maker, directory, "mapped")).toBe("kind mapped");
      for (const each of runtimes) expect(await say(each, directory, "any")).toBe("kind mapped");
      expect(await say("deno", directory, "flock")).toMatch(
        /^LOCK_UNSUPPORTED Cannot open the lock orders as kind flock: on this host it is of kind mapped, .*Open it with kind mapped, or without a kind; or use another name/,
      );
    },
  );

  test("made by Deno as flock, is refused to the others, whether they ask for mapped or for any", async () => {
    const directory = scratch();
    expect(await say("deno", directory, "flock")).toBe("kind flock");
    for (const each of runtimes)
      expect(await say(each, directory, "mapped")).toMatch(
        /^LOCK_UNSUPPORTED Cannot open the lock orders as kind mapped: on this host it is of kind flock, /,
      );
    for (const [each, place] of [
      ["node", "Node"],
      ["bun", "Bun"],
    ] as const)
      expect(await say(each, directory, "any")).toMatch(
        new RegExp(
          `^LOCK_UNSUPPORTED Cannot open the lock orders here: on this host it is of kind flock, as its first opener chose, and there is no such kind in ${place}\\. Use another name, with \\{ kind: "mapped" \\}`,
        ),
      );
  });

  test("made by Node as sqlite, is refused to Deno and Bun", async () => {
    const directory = scratch();
    expect(await say("node", directory, "sqlite")).toBe("kind sqlite");
    for (const each of ["deno", "bun"] as const) {
      expect(await say(each, directory, "any")).toMatch(
        /^LOCK_UNSUPPORTED Cannot open the lock orders here: .* of kind sqlite, .*there is no such kind in (?:Deno|Bun)/,
      );
      expect(await say(each, directory, "sqlite")).toMatch(
        /^LOCK_UNSUPPORTED Cannot make a mutex of kind sqlite: there is none in (?:Deno|Bun)\. Use \{ kind: "mapped" \}/,
      );
    }
  });

  test.for([
    ["node", /use a lock of kind "ipc" or "sqlite"\.$/],
    ["deno", /use a lock of kind "flock"\.$/],
    ["bun", /Locks of another kind between processes are to be had in Node and Deno only\.$/],
  ] as const)(
    "says in %s what that runtime has instead, where mapped memory is not to be had",
    async ([runtime, instead]) => {
      const directory = scratch(notTmpfs());
      const said = await say(runtime, directory, "any");
      expect(said).toMatch(/^LOCK_UNSUPPORTED Cannot map .* does not lie on a tmpfs/);
      expect(said).toMatch(instead);
    },
  );

  test("has one kind when Node, Deno and Bun open it at once with different ones", async () => {
    const directory = scratch();
    const asked = [["node", "sqlite"], ["deno", "flock"], ["bun", "mapped"], ["node", "mapped"]] as const; // prettier-ignore
    const programs = asked.map(([runtime, kind]) => open(runtime, directory, kind));
    await Promise.all(programs.map((each) => each.ended));
    const { kind } = findName(join(directory, "state"), "orders")!;
    for (const [i, { said }] of programs.entries())
      expect(said[0]).toMatch(
        asked[i]![1] === kind ? `kind ${kind}` : /^LOCK_UNSUPPORTED .*it is of/,
      );
  });
});
