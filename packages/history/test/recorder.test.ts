import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { describe, expect, onTestFinished, test } from "vitest";
import { checkHistory, headerLine, HistoryRecorder, readHistory } from "../src/index.ts";

/** A recorder whose clock ticks once at each look. */
function recorderInto(lines: string[], client = "a"): HistoryRecorder {
  let ns = 0n;
  return new HistoryRecorder({ client, nowNs: () => ++ns, write: (line) => void lines.push(line) });
}

describe("HistoryRecorder", () => {
  test("writes a call when it begins and its return when it returns", () => {
    const lines: string[] = [];
    const recorder = recorderInto(lines);
    const call = recorder.call("acquire", { object: "door" });
    expect(lines).toEqual([`{"id":"a#1","client":"a","object":"door","operation":"acquire","call":"1"}\n`]); // prettier-ignore
    call.returned({ token: 2n ** 60n });
    expect(lines.slice(1)).toEqual([`{"id":"a#1","return":"2","result":{"token":"1152921504606846976"}}\n`]); // prettier-ignore
  });

  test("writes what is read again as it was", () => {
    const lines = [headerLine({ model: "mutex" })];
    const recorder = recorderInto(lines);
    recorder.call("acquire").returned({ token: 1 });
    recorder.call("tryAcquire").failed();
    recorder.call("release", { arguments: { token: 1 } }).lost();
    recorder.died("b");
    const read = readHistory(lines.join(""));
    expect(read).toMatchObject({
      failed: 1,
      cutOff: false,
      history: {
        calls: [
          { client: "a", operation: { name: "acquire", token: 1n }, calledNs: 1n, returnedNs: 2n },
          { client: "a", operation: { name: "release", token: 1n }, calledNs: 5n, returnedNs: undefined }, // prettier-ignore
          { client: "b", operation: { name: "died" }, calledNs: 7n, returnedNs: undefined },
        ],
      },
    });
  });

  test("refuses to end a call twice", () => {
    const lines: string[] = [];
    const call = recorderInto(lines).call("acquire");
    call.lost();
    expect(() => call.returned()).toThrow("Cannot end the call a#1: it has ended before.");
    expect(lines).toHaveLength(2);
  });

  test("leaves a history that can be judged when its process is killed", async () => {
    const folder = mkdtempSync(join(tmpdir(), "ticketlock-recorder-"));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    const path = join(folder, "history.jsonl");
    const job = fileURLToPath(new URL("jobs/record-until-killed.ts", import.meta.url));
    const child = spawn(process.execPath, [job, path], { stdio: ["ignore", "pipe", "inherit"] });
    const ended = new Promise((resolve) => child.once("exit", (_, signal) => resolve(signal)));
    await new Promise((resolve) => child.stdout.once("data", resolve)); // it is in the middle of it
    child.kill("SIGKILL");
    expect(await ended).toBe("SIGKILL");
    const read = readHistory(readFileSync(path, "utf8"));
    if ("faults" in read) throw new Error(JSON.stringify(read.faults));
    expect(read.history.calls.length).toBeGreaterThan(99);
    expect(checkHistory(read.history).verdict).toBe("ok");
  });
});
