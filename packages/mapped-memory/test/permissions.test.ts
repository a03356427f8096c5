import { type ChildProcess, fork, type StdioOptions } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { installBeside } from "./installed.ts";
import { scratchDirectory } from "./kit.ts";
import { commandOf } from "./runtimes.ts";
import { openTerminal } from "./terminal.ts";

const folder = mkdtempSync(join(tmpdir(), "ticketlock-installed-"));
let program = "";
beforeAll(() => {
  program = installBeside(folder, new URL("programs/permissions.ts", import.meta.url));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const flags = ["--allow-ffi", "--allow-read=/dev/shm", "--allow-write=/dev/shm"];
const works = { lock: "works", wait: "works", store: "works", temporary: "works" };

type Said = Readonly<Record<string, string>>;

/** What each use says in a Deno with these flags, that sits at a terminal and may ask for more. */
async function say(given: readonly string[]): Promise<Said> {
  const directory = scratchDirectory();
  const terminal = openTerminal();
  const { execPath, execArgv } = commandOf("deno", given);
  const stdio: StdioOptions = [terminal.slave, "inherit", terminal.slave, "ipc"];
  const child: ChildProcess = fork(program, [`${directory}/lock`, `${directory}/store`], {
    execPath,
    execArgv: execArgv.filter((flag) => flag !== "--no-prompt"),
    cwd: folder,
    stdio,
  });
  onTestFinished(() => {
    child.kill("SIGKILL");
    terminal.close();
  });
  const ended = once(child, "exit");
  const [said] = (await Promise.race([once(child, "message"), ended])) as [Said];
  await ended;
  return said;
}

describe("In Deno, without a question", () => {
  test("everything works with just the flags that README names", async () => {
    const readme = readFileSync(new URL("../README.md", import.meta.url), "utf8");
    expect(readme).toContain(`deno run ${flags.join(" ")}`);
    expect(await say(flags)).toEqual(works);
  });

  test("what lies in the state directory works with access to nothing else", async () => {
    const state = `/dev/shm/ticketlock-${process.getuid!()}`;
    const said = await say(["--allow-ffi", `--allow-read=${state}`, `--allow-write=${state}`]);
    expect(said["temporary"]).toBe("works");
    expect(said["lock"]).toMatch(/^LOCK_UNSUPPORTED: .*--allow-read=\/dev\/shm\/ticketlock-test-/);
  });

  test.for(flags)("nothing works without %s, and the message names it", async (missing) => {
    const said = await say(flags.filter((flag) => flag !== missing));
    for (const use of Object.keys(works)) {
      expect(said[use]).toMatch(/^(?:LOCK|STORE)_UNSUPPORTED: Cannot /);
      expect(said[use]).toContain(missing);
    }
  });

  test("an --allow-ffi for some paths does not do, and the message says so", async () => {
    const said = await say(["--allow-ffi=/usr/lib", ...flags.slice(1)]);
    for (const use of Object.keys(works)) expect(said[use]).toMatch(/not limited to paths/);
  });
});
