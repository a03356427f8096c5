import { randomUUID } from "node:crypto";
import process from "node:process";
import { describe, expect, test } from "vitest";
import { runInGroup } from "../src/cli/run-in-group.ts";
import { processesWith } from "@ticketlock/conformance/kit";

const never = new AbortController().signal;

function run(script: string, signal = never, options = {}): ReturnType<typeof runInGroup> {
  return runInGroup("bash", ["-c", script], process.cwd(), signal, options);
}

/** A grandchild that heeds no SIGTERM and holds no pipe, and its parent, which says that it is there. */
const STUBBORN = `(trap '' TERM; exec sleep 600) >/dev/null 2>&1 </dev/null & echo ready; wait`;

describe("runInGroup", () => {
  test("gives what a command printed to either stream, and its exit code", async () => {
    expect(await run("echo out; echo err >&2; exit 3")).toEqual({
      output: expect.stringMatching(/^(out\nerr|err\nout)\n$/),
      code: 3,
      tooLong: false,
    });
  });

  test("keeps the end of what is printed", async () => {
    const { output } = await run("head -c 3000000 /dev/zero | tr '\\0' x; echo end");
    expect(output).toHaveLength(1_000_000);
    expect(output.endsWith("xend\n")).toBe(true);
  });

  test("says that a command took longer than it may, and has stopped it", async () => {
    const { tooLong, code } = await run("exec sleep 600", never, { limitMs: 20 });
    expect({ tooLong, code }).toEqual({ tooLong: true, code: null });
  });

  test("rejects where there is no such command", async () => {
    const started = runInGroup("no-such-command", [], process.cwd(), never);
    await expect(started).rejects.toMatchObject({ code: "ENOENT" });
  });

  test("leaves nobody of a group that was called off, not even who does not heed SIGTERM", async () => {
    const marker = `marker-${randomUUID()}`;
    const env = { ...process.env, TICKETLOCK_TEST_MARKER: marker };
    const { tooLong } = await run(STUBBORN, never, { env, limitMs: 200 });
    expect(tooLong).toBe(true);
    expect(processesWith(marker)).toEqual([]);
  });

  test("rejects with the signal's reason, and starts nothing where it has aborted before", async () => {
    const stop = new AbortController();
    const running = run("exec sleep 600", stop.signal);
    stop.abort(new Error("called off"));
    await expect(running).rejects.toThrow("called off");
    expect(() => run("exit 0", stop.signal)).toThrow("called off");
  });
});
