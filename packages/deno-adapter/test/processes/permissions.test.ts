import { readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname } from "node:path";
import { openSession } from "@ticketlock/core";
import { describe, expect, test } from "vitest";
import { adapter } from "../../src/adapter.ts";
import { permissionFlags } from "../../src/processes/permissions.ts";
import { denoProcesses } from "../../src/processes/process-launcher.ts";
import { startProgram } from "../support/deno.ts";
import { type Played, playWith, sources } from "./play-with.ts";

interface Kind {
  readonly what: "lock" | "store";
  readonly kind: string;
  /** Besides reading and writing its files. */
  readonly further: readonly string[];
  /** Who can own such a one. */
  readonly owner: "node" | "deno";
}

const kinds: readonly Kind[] = [
  { what: "lock", kind: "mapped", further: ["--allow-ffi"], owner: "node" },
  { what: "store", kind: "mapped", further: ["--allow-ffi"], owner: "node" },
  { what: "store", kind: "json", further: [], owner: "node" },
  { what: "store", kind: "json-durable", further: ["--allow-sys=uid"], owner: "node" },
  { what: "store", kind: "sqlite", further: ["--allow-sys=uid"], owner: "node" },
  { what: "lock", kind: "flock", further: ["--allow-sys=uid"], owner: "deno" },
  { what: "store", kind: "kv", further: ["--unstable-kv"], owner: "deno" },
];

const temporary = tmpdir();
const ownerFlags = [
  "--allow-run",
  "--allow-env",
  "--allow-sys=uid",
  `--allow-read=${temporary}`,
  `--allow-write=${temporary}`,
  "--unstable-kv",
];

async function play({ what, kind, owner }: Kind, missing?: string): Promise<Played> {
  if (owner === "node") return playWith(what, kind, missing);
  const args = [what, kind, ...(missing === undefined ? [] : [missing])];
  const program = startProgram("play-with", args, ownerFlags);
  expect(await program.ended, program.errors).toBe(0);
  return program.said[0] as Played;
}

test("every kind that contenders in Deno can open has its flags here", () => {
  const declared = [
    ...adapter.locks.flatMap((provider) =>
      [...provider.kinds.keys()].map((kind) => `lock ${kind}`),
    ),
    ...adapter.stores.flatMap((provider) => [...provider.kinds.keys()].map((kind) => `store ${kind}`)), // prettier-ignore
  ];
  expect(kinds.map(({ what, kind }) => `${what} ${kind}`).toSorted()).toEqual(declared.toSorted());
});

describe.for(kinds)("A contender with $what $kind", (kind) => {
  test("gets what README says, and that will do", async () => {
    const { given, refused } = await play(kind);
    expect(refused).toBeUndefined();
    const folder = given.find((flag) => flag.startsWith("--allow-write="))!.split("=")[1]!;
    expect(given).toEqual([
      `--allow-read=${sources},${folder}`,
      `--allow-write=${folder}`,
      ...kind.further,
    ]);
    const readme = readFileSync(new URL("../../README.md", import.meta.url), "utf8");
    const row = readme
      .split("\n")
      .find((line) => line.startsWith(`| ${kind.what} \`${kind.kind}\``));
    for (const flag of ["--allow-read", "--allow-write", ...kind.further])
      expect(row).toContain(flag);
  });

  test.for(["--allow-read", "--allow-write", ...kind.further])(
    "cannot open or use it without %s, and the owner is told so",
    async (missing) => {
      const { refused } = await play(kind, missing);
      expect(refused).toMatchObject({
        code: expect.stringMatching(/^[A-Z_]+$/),
        message: expect.stringContaining(missing.split("=")[0]!),
      });
    },
  );
});

test("A workload that may not be read fails, and the message names the flag", async () => {
  await using session = await openSession({
    adapters: [{ ...adapter, launcher: denoProcesses({ reads: [dirname(sources)] }) }],
    contenders: 1,
    lock: { count: 0 },
  });
  const [outcome] = await session.run(new URL("file:///etc/workload.js"), null);
  expect(outcome).toMatchObject({ status: "failed", error: { code: "CONTENDER_FAILED" } });
  expect((outcome as { error: Error }).error.message).toContain("--allow-read");
});

test("permissionFlags of a control lock are those of the lock that it wraps; a comma in a path is no separator", () => {
  const inner = {
    module: "@ticketlock/mapped-memory",
    kind: "mapped",
    version: 1,
    data: { path: "/a,b/lock" },
  };
  const control = { module: "@ticketlock/core", kind: "none", version: 1, data: inner };
  expect(
    permissionFlags({ opens: [control], writes: ["/log"] }, { flags: ["--allow-env=A"] }),
  ).toEqual(["--allow-read", "--allow-write=/a,,b,/log", "--allow-ffi", "--allow-env=A"]);
});

test("permissionFlags give FFI to workloads that say so, once", () => {
  expect(permissionFlags({ ffi: true })).toEqual(["--allow-read", "--allow-ffi"]);
  const data = { path: "/a/lock" };
  const opens = [{ module: "@ticketlock/mapped-memory", kind: "mapped", version: 1, data }];
  const flags = permissionFlags({ opens, ffi: true });
  expect(flags.filter((flag) => flag === "--allow-ffi")).toHaveLength(1);
});
