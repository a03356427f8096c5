import { readFileSync } from "node:fs";
import { dirname } from "node:path";
import { fileURLToPath } from "node:url";
import { processLauncher } from "@ticketlock/child-processes";
import { openSession, type Outcome } from "@ticketlock/core";
import { describe, expect, test } from "vitest";
import { adapter } from "../../src/adapter.ts";
import { permissionFlags } from "../../src/processes/permissions.ts";
import { denoProcesses } from "../../src/processes/process-launcher.ts";

/** Where the sources of the workspace lie, which a contender run from source reads. */
const reads = [fileURLToPath(new URL("../../../", import.meta.url))];
const workload = new URL("workloads/use.ts", import.meta.url);

interface Kind {
  readonly what: "lock" | "store";
  readonly kind: string;
  /** Besides reading and writing its files. */
  readonly further: readonly string[];
}

const kinds: readonly Kind[] = [
  { what: "lock", kind: "mapped", further: ["--allow-ffi"] },
  { what: "store", kind: "mapped", further: ["--allow-ffi"] },
  { what: "store", kind: "json", further: [] },
  { what: "store", kind: "json-durable", further: ["--allow-sys=uid"] },
  { what: "store", kind: "sqlite", further: ["--allow-sys=uid"] },
];

/** Has one contender use such a lock or store; `given` are the flags that it is started with. */
async function use(
  { what, kind }: Kind,
  change: (flags: string[]) => string[] = (flags) => flags,
): Promise<{ readonly given: readonly string[]; readonly outcome: Outcome<string> }> {
  let given: string[] = [];
  const flags: Parameters<typeof processLauncher>[0]["flags"] = (options) =>
    (given = change(permissionFlags(options, { reads })));
  const session = await openSession({
    adapters: [{ ...adapter, launcher: processLauncher({ runtime: "deno", flags }) }],
    contenders: 1,
    lock: what === "lock" ? { kind } : { count: 0 },
    ...(what === "store" ? { store: { kind, options: { capacity: 3 } } } : {}),
  });
  try {
    const [outcome] = await session.run<string, string>(workload, what);
    return { given, outcome: outcome! };
  } finally {
    await session.close();
  }
}

describe.for(kinds)("A contender with $what $kind", (kind) => {
  test("gets what README says, and that will do", async () => {
    const { given, outcome } = await use(kind);
    expect(outcome).toMatchObject({ status: "done" });
    const folder = given.find((flag) => flag.startsWith("--allow-write="))!.split("=")[1]!;
    expect(given).toEqual([
      `--allow-read=${reads[0]},${folder}`,
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

  const needed = ["--allow-read", "--allow-write", ...kind.further];
  test.for(needed)(
    "cannot open or use it without %s, and the owner is told so",
    async (missing) => {
      const without = (flags: string[]): string[] => [
        ...flags.filter((flag) => !flag.startsWith(missing)),
        ...(missing === "--allow-read" ? [`--allow-read=${reads[0]}`] : []), // its modules
      ];
      const said = await use(kind, without).then(
        ({ outcome }) => (outcome.status === "done" ? undefined : outcome.error),
        (error: unknown) => error,
      );
      expect(said).toMatchObject({
        code: expect.stringMatching(/^[A-Z_]+$/),
        message: expect.stringContaining(missing.split("=")[0]!),
      });
    },
  );
});

test("A workload that may not be read fails, and the message names the flag", async () => {
  await using session = await openSession({
    adapters: [{ ...adapter, launcher: denoProcesses({ reads: [dirname(reads[0]!)] }) }],
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
