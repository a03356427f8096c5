import { execFile } from "node:child_process";
import { describe, expect, test } from "vitest";
import { LIMIT_MS } from "./act.ts";

const program = new URL("./programs/ending.ts", import.meta.url).pathname;

/** Runs the program; one that does not end by itself is killed, which its code then shows. */
function run(
  kind: string,
  scene: string,
): Promise<{ code: unknown; stdout: string; stderr: string }> {
  return new Promise((resolve) => {
    const options = { timeout: LIMIT_MS, killSignal: "SIGKILL" } as const;
    execFile(process.execPath, [program, kind, scene], options, (error, stdout, stderr) =>
      resolve({ code: error === null ? 0 : (error.code ?? error.signal), stdout, stderr }),
    );
  });
}

describe.for(["futex", "fifo"])("a program with a %s mutex", (kind) => {
  test.for([
    { scene: "process.exit while others wait", code: 3 },
    { scene: "terminated waiters, then a normal end", code: 0 },
    { scene: "waiters that do not count, then a normal end", code: 0 },
  ])("ends: $scene", async ({ scene, code }) => {
    expect(await run(kind, scene)).toMatchObject({ code });
  });

  test("is kept alive by nothing but a pending acquire, until that is granted", async () => {
    const { code, stdout, stderr } = await run(kind, "nothing but a pending acquire");
    expect({ code, stdout, stderr }).toEqual({ code: 0, stdout: "granted\n", stderr: "" });
  });
});
