import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import process from "node:process";
import { afterEach, expect, test } from "vitest";
import { watchNoise } from "../src/environment/watch-noise.ts";
import { readSessionCpu, type SessionCpu, sessionCpuUs } from "../src/environment/session-cpu.ts";

/** Works for so many milliseconds of CPU time, says so, and stays. */
const WORKER = `
const until = Number(process.argv[1]) * 1_000;
while (process.cpuUsage().user + process.cpuUsage().system < until);
process.stdout.write("worked\\n");
setInterval(() => {}, 1_000);
`;
const WORK_MS = 150;

const started: ChildProcess[] = [];

afterEach(async () => {
  for (const child of started.splice(0)) await ended(child);
});

async function worked(): Promise<ChildProcess> {
  const child = spawn(process.execPath, ["-e", WORKER, String(WORK_MS)], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  started.push(child);
  await once(child.stdout!, "data");
  return child;
}

async function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exit = once(child, "exit");
  child.kill("SIGKILL");
  await exit;
}

function read(): SessionCpu {
  const reading = readSessionCpu();
  if (reading === undefined) throw new Error("Cannot test: this machine has no /proc.");
  return { ...reading, kernel: new Map() }; // what the kernel does meanwhile is not this test's
}

test("a process of the session is counted from outside, whatever it tells itself", async () => {
  const before = read();
  await worked();
  const usedMs = sessionCpuUs(before, read()) / 1_000;
  expect(usedMs).toBeGreaterThan(0.9 * WORK_MS);
});

test("what one that was ended had used meanwhile is counted, and nothing of before", async () => {
  const before = read();
  const child = await worked();
  const whileItLived = read();
  await ended(child);
  const after = read();
  expect(sessionCpuUs(before, after) / 1_000).toBeGreaterThan(0.9 * WORK_MS);
  // Its end itself takes some milliseconds, and ticks are 10 ms long.
  expect(sessionCpuUs(whileItLived, after) / 1_000).toBeLessThan(0.5 * WORK_MS);
});

test("a process of a process is counted as well", async () => {
  const shell = spawn("sh", ["-c", `"$0" -e "$1" ${WORK_MS}; true`, process.execPath, WORKER], {
    stdio: ["ignore", "pipe", "inherit"],
    detached: true,
  });
  const before = read();
  await once(shell.stdout, "data");
  const usedMs = sessionCpuUs(before, read()) / 1_000;
  process.kill(-shell.pid!, "SIGKILL");
  await once(shell, "exit");
  expect(usedMs).toBeGreaterThan(0.5 * WORK_MS);
});

test("sessionCpuUs takes the kernel's threads in, and of one that is new all that it had", () => {
  const reading = (kernel: [string, number][], threads: [string, number][]): SessionCpu => ({
    processes: new Map([["7", { threads: new Map(threads), totalUs: 0 }]]),
    endedUs: 0,
    kernel: new Map(kernel),
  });
  const before = reading([["3", 1_000]], [["7", 10_000]]);
  const after = reading(
    [
      ["3", 5_000],
      ["4", 2_000],
    ],
    [
      ["7", 20_000],
      ["8", 3_000],
    ],
  );
  expect(sessionCpuUs(before, after)).toBe(4 + 2 + 10 + 3);
});

test("a busy process that is not of the session is others' work, beside one of the session that is not", async () => {
  // Its shell ends at once, so that it is nobody's child here; it gives the id by which it is ended.
  const busy = `(while :; do :; done) >/dev/null 2>&1 & echo $!`;
  const shell = spawn("sh", ["-c", busy], { stdio: ["ignore", "pipe", "inherit"] });
  const [line] = (await once(shell.stdout, "data")) as [Buffer];
  try {
    const end = watchNoise();
    const startMs = performance.now();
    await worked();
    const { othersCores } = end((performance.now() - startMs) * 1_000, 0, 1);
    // Where no counter shows the whole machine nobody can tell.
    expect(othersCores ?? 1).toBeGreaterThan(0.3);
  } finally {
    process.kill(Number(String(line)), "SIGKILL");
  }
});
