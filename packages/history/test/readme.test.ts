import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { faultCodes } from "../src/index.ts";
import { examples } from "../src/cli/examples.ts";
import { runCommand, runMain } from "./run-main.ts";

const readme = readFileSync(new URL("../README.md", import.meta.url), "utf8");

/** Fenced blocks: what stands behind the fence, and the text. */
const blocks = [...readme.matchAll(/^```(.*)\n([^]*?)^```$/gm)].map(([, info = "", text = ""]) => ({
  info,
  text,
}));

function block(info: string, nth = 0): string {
  const found = blocks.filter((each) => each.info === info)[nth];
  if (found === undefined) throw new Error(`The README has no block ${info}.`);
  return found.text;
}

describe("the README's converted history", () => {
  let folder: string;
  beforeAll(() => void (folder = mkdtempSync(join(tmpdir(), "ticketlock-history-"))));
  afterAll(() => rmSync(folder, { recursive: true }));

  test("is converted and judged as it says", async () => {
    writeFileSync(join(folder, "log.txt"), block("text log.txt"));
    writeFileSync(join(folder, "convert.mjs"), block("js convert.mjs"));
    const converted = await runCommand([process.execPath, "convert.mjs"], { cwd: folder });
    expect(converted).toMatchObject({ code: 0, stderr: "" });
    const { code, stdout } = await runMain(["check", "-"], { input: converted.stdout });
    expect(stdout).toBe(block("text"));
    expect(code).toBe(1);
  });

  test("is valid without the read that does not fit", async () => {
    const log = block("text log.txt").trim().split("\n").slice(0, -2);
    writeFileSync(join(folder, "log.txt"), `${log.join("\n")}\n`);
    writeFileSync(join(folder, "convert.mjs"), block("js convert.mjs"));
    const converted = await runCommand([process.execPath, "convert.mjs"], { cwd: folder });
    const { code, stdout } = await runMain(["check", "-"], { input: converted.stdout });
    expect({ code, stdout }).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/^ok: 5 calls/),
    });
  });
});

test("the README's lines of the format are read", async () => {
  for (const lines of blocks.filter(({ info }) => info === "json")) {
    const header = lines.text.includes('"history"') ? "" : block("json");
    const { code, stderr } = await runMain(["check", "-"], { input: header + lines.text });
    // The return of a read that nobody has written for is a violation, and is read all the same.
    expect([code === 0 || code === 1, stderr]).toEqual([true, ""]);
  }
});

test("the README names every option, exit code, operation and key", async () => {
  const { stdout } = await runMain(["check", "--help"]);
  for (const [flag] of stdout.matchAll(/--(?!help)[a-z]+/g)) expect(readme).toContain(`\`${flag}`);
  for (const text of Object.values(examples))
    for (const [, key] of text.matchAll(/"(\w+)":/g)) expect(readme).toContain(`\`${key}\``);
});

test("every fault's code says what is wrong in a sentence, which the README has", () => {
  for (const [code, meaning] of Object.entries(faultCodes)) {
    expect(code).toMatch(/^HISTORY_[A-Z_]+$/);
    expect(meaning).toMatch(/^[A-Z].*\.$/);
    expect(readme).toContain(`| \`${code}\` | ${meaning} |`);
  }
});
