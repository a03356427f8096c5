import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { generateHistory } from "../src/generate/index.ts";
import { modelNames, writeHistory } from "../src/index.ts";
import { runCommand, runMain } from "./run-main.ts";

let folder: string;
beforeEach(() => void (folder = mkdtempSync(join(tmpdir(), "ticketlock-history-"))));
afterEach(() => rmSync(folder, { recursive: true }));

function file(name: string, content: string | Buffer): string {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
}

const valid = writeHistory(generateHistory(1, "register", 3, 40));
const invalid = writeHistory(generateHistory(1, "register", 3, 40, { mutate: "never-written" }));

describe("history check", () => {
  test("exits 0 for a valid history, from a file and from stdin", async () => {
    const fromFile = await runMain(["check", file("h.jsonl", valid)]);
    expect(fromFile).toMatchObject({ code: 0, stderr: "" });
    expect(fromFile.stdout).toMatch(/^ok: 40 calls by 3 clients on 1 object, register; \d+ steps of search\.\n$/); // prettier-ignore
    expect(await runMain(["check", "-"], { input: valid })).toEqual(fromFile);
  });

  test("exits 1 for a violation and tells the call that does not fit", async () => {
    const { code, stdout, stderr } = await runMain(["check", file("h.jsonl", invalid)]);
    expect([code, stderr]).toEqual([1, ""]);
    const [first, second] = stdout.split("\n");
    expect(first).toMatch(/^violation: 40 calls/);
    expect(second).toMatch(/^The call of client "client \d" from \d+ to \d+ ns, read -1, fits nowhere.* \[line \d+\]$/); // prettier-ignore
  });

  test("exits 3 at its limit of steps", async () => {
    const { code, stdout } = await runMain(["check", "-", "--steps", "5"], { input: valid });
    expect([code, stdout]).toEqual([3, expect.stringMatching(/^unknown: .*\nunknown after 5 steps\. Allow more by --steps\.\n$/)]); // prettier-ignore
  });

  test("exits 2 and names each bad line", async () => {
    const input = `{"history":1,"model":"register"}\n{"client":1}\n\nnonsense\n`;
    const { code, stdout, stderr } = await runMain(["check", "-"], { input });
    expect([code, stdout]).toEqual([2, ""]);
    const lines = stderr.trimEnd().split("\n");
    expect(lines).toHaveLength(2);
    expect(lines[0]).toMatch(/^history: Cannot read line 2: it has neither "call" nor "return"\..* \[HISTORY_KEY_MISSING\]$/); // prettier-ignore
    expect(lines[1]).toMatch(/^history: Cannot read line 4: it is not JSON: "nonsense"\..* \[HISTORY_NOT_JSON\]$/); // prettier-ignore
  });

  test("stops after 20 bad lines", async () => {
    const input = `{"history":1,"model":"register"}\n${"x\n".repeat(1_000)}`;
    const { code, stderr } = await runMain(["check", "-"], { input });
    expect(code).toBe(2);
    expect(stderr.trimEnd().split("\n")).toHaveLength(21);
    expect(stderr).toContain("No more is read after 20 bad lines.");
  });

  test("says once that nobody has named the model", async () => {
    const { code, stderr } = await runMain(["check", "-"], { input: valid.split("\n").slice(1).join("\n") }); // prettier-ignore
    expect(code).toBe(2);
    expect(stderr.trimEnd().split("\n")).toHaveLength(1);
    expect(stderr).toContain("--model");
  });

  test("takes from its options what the header does not say", async () => {
    const calls = `{"client":1,"operation":"read","call":1,"return":2,"result":{"value":"x"}}\n`;
    const check = async (...options: string[]): Promise<number | null> =>
      (await runMain(["check", "-", "--model", "register", ...options], { input: calls })).code;
    expect(await check("--initial", "x")).toBe(0);
    expect(await check("--initial", '"x"')).toBe(0);
    expect(await check()).toBe(1);
    const sale = `{"client":1,"operation":"read","call":1,"return":2,"result":{"remaining":7}}\n`;
    const pool = ["check", "-", "--model", "ticket-pool"];
    expect((await runMain([...pool, "--capacity", "7"], { input: sale })).code).toBe(0);
    expect((await runMain(pool, { input: sale })).code).toBe(2);
  });

  test("refuses options that contradict the header", async () => {
    const { code, stderr } = await runMain(["check", "-", "--model", "mutex"], { input: valid });
    expect(code).toBe(2);
    expect(stderr).toMatch(
      /line 1: "model" is "register" in the header, and "mutex" was asked for/,
    );
  });

  test("prints one line of JSON where it is asked to", async () => {
    const { code, stdout } = await runMain(["check", "-", "--json"], { input: invalid });
    expect(code).toBe(1);
    expect(stdout.trimEnd().split("\n")).toHaveLength(1);
    expect(JSON.parse(stdout)).toMatchObject({
      verdict: "violation",
      model: "register",
      calls: 40,
      failed: 0,
      objects: [{ violation: { call: { operation: { name: "read", value: -1 } }, prefix: { isLongest: true } } }], // prettier-ignore
    });
  });

  test("still tells its verdict by its exit code if nobody reads", async () => {
    const { code, stderr } = await runMain(["check", "-"], { input: invalid, deaf: true });
    expect([code, stderr]).toEqual([1, ""]);
  });

  test("exits 70 if its verdict cannot be printed", async () => {
    const path = file("h.jsonl", valid);
    const main = new URL("../src/main.ts", import.meta.url).pathname;
    const line = [process.execPath, main, "check", path];
    const full = ["bash", "-c", `"$@" > /dev/full`, "bash", ...line];
    const { code, stderr } = await runCommand(full);
    expect([code, stderr]).toEqual([70, expect.stringMatching(/^history: .*ENOSPC.*\n$/)]);
  });

  test("reads lines of any length up to the limit, wherever the chunks of the file end", async () => {
    const call = (value: string): string =>
      `{"client":1,"operation":"write","arguments":{"value":"${value}"},"call":1,"return":2}\n`;
    // Characters of three bytes, in lines of 99 000 bytes: chunks end within lines and characters.
    const input = `{"history":1,"model":"register"}\n${call("\u20ac".repeat(33_000)).repeat(10)}`;
    const { code, stdout } = await runMain(["check", file("h.jsonl", input)]);
    expect([code, stdout]).toEqual([0, expect.stringMatching(/^ok: 10 calls/)]);
  });

  test("names a line that never ends, without keeping it, and one that is not UTF-8", async () => {
    const header = `{"history":1,"model":"register"}\n`;
    const bytes = Buffer.concat([Buffer.from(`${header}{"client":"`), Buffer.from([0xff]), Buffer.from(`"}\n`), Buffer.alloc(3_000_000, "x")]); // prettier-ignore
    const { code, stderr } = await runMain(["check", "-"], { input: bytes });
    expect(code).toBe(2);
    const codes = stderr.trimEnd().split("\n").map((line) => line.replace(/^history: Cannot read (line \d).*(\[.*\])$/, "$1 $2")); // prettier-ignore
    expect(codes).toEqual(["line 2 [HISTORY_NOT_TEXT]", "line 3 [HISTORY_LINE_TOO_LONG]"]);
  });

  test("leaves out a last line that a death has cut off, and says so", async () => {
    const live = `{"history":1,"model":"mutex"}\n{"id":1,"client":1,"operation":"acquire","call":1}\n{"id":1,"ret`; // prettier-ignore
    const { code, stdout } = await runMain(["check", "-"], { input: live });
    expect([code, stdout]).toEqual([0, expect.stringContaining("The last line is cut off, and left out.")]); // prettier-ignore
  });
});

describe("history check --html", () => {
  test("writes a timeline of a violation, over one that is there, and nothing beside it", async () => {
    const [history, html] = [file("h.jsonl", invalid), file("out.html", "old")];
    const { code, stdout } = await runMain(["check", history, "--html", html]);
    expect(code).toBe(1);
    expect(stdout).toContain(`Timeline: ${html}`);
    expect(readFileSync(html, "utf8")).toMatch(/^<!doctype html>[^]*does not fit[^]*<\/html>\n$/);
    expect(readdirSync(folder).sort()).toEqual(["h.jsonl", "out.html"]);
  });

  test("writes none where there is no violation, and says so", async () => {
    const html = join(folder, "out.html");
    const { code, stderr } = await runMain(["check", file("h.jsonl", valid), "--html", html]);
    expect([code, stderr]).toEqual([0, "history: no timeline was written: there is no violation to show.\n"]); // prettier-ignore
    expect(readdirSync(folder)).toEqual(["h.jsonl"]);
  });

  test("says in one line why it cannot, after the verdict, and leaves nothing behind", async () => {
    const history = file("h.jsonl", invalid);
    mkdirSync(join(folder, "taken"));
    for (const html of [join(folder, "missing", "out.html"), join(folder, "taken")]) {
      const { code, stdout, stderr } = await runMain(["check", history, "--html", html]);
      expect(code).toBe(2);
      expect(stdout).toMatch(/^violation/);
      expect(stderr).toMatch(/^history: Cannot write .*\. Nothing was changed there; pass another file to --html\. \[USAGE\]\n$/); // prettier-ignore
    }
    expect(readdirSync(folder).sort()).toEqual(["h.jsonl", "taken"]);
  });
});

describe("history", () => {
  test.each(modelNames)("example %s prints a history that check finds valid", async (model) => {
    const { code, stdout } = await runMain(["example", model]);
    expect(code).toBe(0);
    expect((await runMain(["check", "-"], { input: stdout })).code).toBe(0);
  });

  const wrong: readonly (readonly [string, readonly string[], RegExp])[] = [
    ["no command", [], /Allowed: check <file>, example <model>, --help/],
    ["an unknown command", ["judge"], /no command "judge"/],
    ["a name that every object has", ["constructor"], /no command "constructor"/],
    ["no file", ["check"], /missing required argument 'file'/],
    ["a file that is not there", ["check", "/nowhere"], /ENOENT.*Name a file of JSON lines/],
    ["a folder", ["check", "/"], /EISDIR/],
    ["an unknown option", ["check", "-", "--fast"], /unknown option '--fast'/],
    ["an unknown model", ["check", "-", "--model", "queue"], /register, mutex, ticket-pool/],
    ["no steps", ["check", "-", "--steps", "0"], /whole number from 1/],
    ["a capacity that is none", ["check", "-", "--capacity", "1e3"], /whole number from 1/],
    ["an initial value with parts", ["check", "-", "--initial", "[1]"], /It must be null/],
    ["two files", ["check", "a", "b"], /too many arguments/],
    ["an example of nothing", ["example", "queue"], /register, mutex, ticket-pool/],
  ];
  test.each(wrong)("refuses %s in one line, with exit code 2", async (_, args, message) => {
    const { code, stdout, stderr } = await runMain(args);
    expect([code, stdout]).toEqual([2, ""]);
    expect(stderr).toMatch(/^history: Cannot [^\n]* \[USAGE\]\n$/);
    expect(stderr).toMatch(message);
  });

  test.each([["--help"], ["check", "--help"], ["example", "--help"]])(
    "%s %s exits 0",
    async (...args) => {
      const { code, stdout, stderr } = await runMain(args);
      expect([code, stderr]).toEqual([0, ""]);
      expect(stdout).toContain("Usage: history");
    },
  );
});
