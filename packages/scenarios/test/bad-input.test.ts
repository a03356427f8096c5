import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { candidates } from "./adapters.ts";
import { type CliResult, runCli } from "./run-cli.ts";

const all = await candidates();
const adapter = all[0]?.entry.name ?? "none";
const folder = mkdtempSync(join(tmpdir(), "ticketlock-bad-input-"));
afterAll(() => rmSync(folder, { recursive: true }));

/** One line on stderr that names what is wrong, exit code 2, and no play. */
function expectRefused({ code, stdout, stderr }: CliResult, names: string): void {
  expect(stderr.trimEnd().split("\n")).toEqual([
    expect.stringMatching(/^scenario: \S.* \[[A-Z_]+\]$/),
  ]);
  expect(stderr).toContain(names);
  expect(stderr).not.toMatch(/\bat .*:\d+:\d+/);
  expect(stdout).toBe("");
  expect(code).toBe(2);
}

const MILLION = "1000000";

describe("a command line that cannot be played is refused", () => {
  test.each([
    { args: ["no-such-story"], names: "misplaced-mutex" },
    { args: ["constructor"], names: "there is no such scenario" },
    { args: ["mutex", "join"], names: "too many arguments" },
    { args: ["mutex", "--no-such-option"], names: "--no-such-option" },
    { args: ["mutex", "--adapter", adapter, "--lock"], names: "argument missing" },
    { args: ["mutex", "--adapter", "no-such-adapter"], names: adapter },
    { args: ["mutex", "--adapter", `${adapter},no-such-adapter`], names: "no-such-adapter" },
    { args: ["mutex", "--adapter", `${adapter}+no-such-adapter`], names: "no-such-adapter" },
    { args: ["mutex", "--adapter", "../etc"], names: "../etc" },
    { args: ["mutex", "--adapter", ""], names: "Known" },
    { args: ["mutex", "--lock", "no-such-lock"], names: "no-such-lock" },
    { args: ["mutex", "--lock", ""], names: 'the lock ""' },
    { args: ["unlocked", "--lock", "no-such-lock"], names: "no-such-lock" },
    { args: ["pool", "--lock", "no-such-lock"], names: "Known" },
    { args: ["mutex", "--store", "no-such-store"], names: "no-such-store" },
    { args: ["optimistic", "--store", "json"], names: "versioned" },
    { args: ["atomic", "--store", "json"], names: "atomic" },
    ...["0", MILLION, "-1", "1.5", "", "ten", "1e1", "0x10", "257"].map((value) => ({
      args: ["mutex", "--contenders", value],
      names: "1 to 256",
    })),
    ...["-1", "0.5", "many", "2147483648"].map((value) => ({
      args: ["mutex", "--capacity", value],
      names: "0 to 2147483647",
    })),
    ...["-1", "1.5", "5001"].map((value) => ({
      args: ["mutex", "--think", value],
      names: "0 to 5000",
    })),
    { args: ["mutex", "--seed", "-1"], names: "seed" },
    { args: ["flash-sale", "--capacity", "0"], names: "1 to 100000" },
    { args: ["flash-sale", "--mode", "unlocked"], names: "atomic" },
    { args: ["mutex", "--mode", "atomic"], names: "flash-sale" },
    { args: ["counter", "--locking", "sometimes"], names: "coarse" },
    { args: ["turns", "--locking", "fine"], names: "counter" },
    { args: ["try-and-timeout", "--contenders", "4"], names: "exactly 5" },
    { args: ["crash", "--contenders", "1"], names: "at least 2" },
    { args: ["turns", "--contenders", "27"], names: "2 to 26" },
    { args: ["mutex", "--store-path", ""], names: "empty" },
  ])("$args", async ({ args, names }) => {
    const chosen = args.includes("--adapter") ? [] : ["--adapter", adapter];
    expectRefused(await runCli([...args, ...chosen]), names);
  });

  test("an adapter that TICKETLOCK_ADAPTER names and nobody has", async () => {
    const result = await runCli(["mutex"], { env: { TICKETLOCK_ADAPTER: "no-such-adapter" } });
    expectRefused(result, "no-such-adapter");
  });

  test("no adapter at all", async () => {
    expectRefused(await runCli(["mutex"], { cwd: folder }), "--adapter");
  });
});

describe.runIf(all[0]?.playable.includes("mutex"))(
  "a store file that cannot be sold from is refused and left as it is",
  () => {
    const play = (path: string, unprivileged = false): Promise<CliResult> =>
      runCli(["mutex", "--adapter", adapter, "--store", "json", "--store-path", path], {
        unprivileged,
      });

    test.each([
      ["empty", ""],
      ["truncated", '{"cou'],
      ["not JSON", "one ticket left"],
      ["an array", "[1]"],
      ["another object", '{"count":1,"owner":"me"}'],
      ["a negative count", '{"count":-1}'],
      ["a fraction", '{"count":0.5}'],
      ["more than the capacity", '{"count":2}'],
    ])("%s", async (name, content) => {
      const path = join(folder, `${name.replaceAll(" ", "-")}.json`);
      writeFileSync(path, content);
      expectRefused(await play(path), path);
      expect(readFileSync(path, "utf8")).toBe(content);
    });

    test("a directory", async () => {
      const path = join(folder, "directory");
      mkdirSync(path);
      expectRefused(await play(path), path);
      expect(statSync(path).isDirectory()).toBe(true);
    });

    test("unreadable", async () => {
      const path = join(folder, "unreadable.json");
      writeFileSync(path, '{"count":1}');
      chmodSync(path, 0o000);
      expectRefused(await play(path, true), path);
      chmodSync(path, 0o600);
      expect(readFileSync(path, "utf8")).toBe('{"count":1}');
    });

    test("in a folder that is not there", async () => {
      const path = join(folder, "missing", "tickets.json");
      expectRefused(await play(path), path);
    });

    test("a sound one is sold from, and keeps what remains", async () => {
      const path = join(folder, "sound.json");
      writeFileSync(path, '{"count":3}');
      const args = ["mutex", "--adapter", adapter, "--store", "json", "--store-path", path];
      const result = await runCli([
        ...args,
        "--capacity",
        "5",
        "--contenders",
        "2",
        "--think",
        "1",
      ]);
      expect(result).toMatchObject({ code: 0, stderr: "" });
      expect(readFileSync(path, "utf8")).toBe('{"count":1}');
    });
  },
);

/** Starts processes, so it needs a lock that reaches them; and offers one that does not. */
const SHORT_SIGHTED = `
const near = { scope: "threads", exclusive: true, fifo: true, blocking: false, tokens: "memory", ownerDeath: "immediate" };
const provider = { module: "near", kinds: new Map([["near", near]]), create() { throw new Error("not reached"); }, open() {} };
export const adapter = {
  name: "short-sighted", url: import.meta.url, locks: [provider], stores: [],
  launcher: { runtime: "node", unit: "process", scope: "processes", nowNs: () => 0n, start() { throw new Error("not reached"); } },
};
`;

describe("in a workspace of one adapter whose lock does not reach its processes", () => {
  const root = join(folder, "workspace");
  mkdirSync(join(root, "packages/short-sighted"), { recursive: true });
  writeFileSync(join(root, "pnpm-workspace.yaml"), "packages:\n  - packages/*\n");
  writeFileSync(join(root, "packages/short-sighted/adapter.mjs"), SHORT_SIGHTED);
  const manifest = {
    name: "@example/short-sighted",
    ticketlock: { adapter: "./adapter.mjs", runtime: "node" },
  };
  writeFileSync(join(root, "packages/short-sighted/package.json"), JSON.stringify(manifest));

  test("a lock of too narrow a scope is refused", async () => {
    expectRefused(
      await runCli(["turns", "--lock", "near"], { cwd: root }),
      "its scope is threads, they need processes",
    );
  });

  test("a story for which no lock reaches far enough is refused", async () => {
    expectRefused(await runCli(["turns"], { cwd: root }), "reaches all contenders");
  });

  test("a story for which there is no store is refused", async () => {
    expectRefused(await runCli(["atomic"], { cwd: root }), "atomic true");
  });
});
