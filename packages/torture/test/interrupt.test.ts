import { randomUUID } from "node:crypto";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test, vi } from "vitest";
import { processesWith } from "@ticketlock/conformance/kit";
import { startMain, testFolder } from "./support/run-main.ts";

test(
  "Ctrl-C stops the children, tells what was done, marked partial, and leaves no process and no folder",
  { timeout: 120_000 },
  async () => {
    const marker = `marker-${randomUUID()}`;
    const out = join(testFolder(), "out");
    const temporary = testFolder();
    const env = { TICKETLOCK_TEST_MARKER: marker, TMPDIR: temporary };
    const running = startMain(["--seed", "1", "--out", out], { env });
    await running.seen(/^\[\d+ s\] /m);
    expect(processesWith(marker).length).toBeGreaterThan(1);
    const [name] = readdirSync(temporary).filter((name) => name.startsWith("ticketlock-torture-"));
    const inMemory = join("/dev/shm", name!);
    expect(existsSync(inMemory)).toBe(existsSync("/dev/shm"));
    running.child.kill("SIGINT");
    const { code, stdout } = await running.done;
    expect(code, stdout).toBe(130);
    expect(stdout).toContain("Partial: stopped before its end.");
    const [json] = readdirSync(out).filter((name) => name.endsWith(".json"));
    const report = JSON.parse(readFileSync(join(out, json!), "utf8")) as Record<string, unknown>;
    expect(report).toMatchObject({ partial: true, violations: [] });
    expect(Number(report["rounds"])).toBeGreaterThan(0);
    expect(processesWith(marker)).toEqual([]);
    expect(readdirSync(temporary)).toEqual([]);
    expect(existsSync(inMemory)).toBe(false);
  },
);

test(
  "Ctrl-C before there is anything to tell of ends with the same code, and no line of an error",
  { timeout: 120_000 },
  async () => {
    const marker = `marker-${randomUUID()}`;
    const running = startMain(["--seed", "1"], { env: { TICKETLOCK_TEST_MARKER: marker } });
    // It asks the first adapter what it declares.
    await vi.waitUntil(() => processesWith(marker).length > 1, { timeout: 60_000, interval: 5 });
    running.child.kill("SIGINT");
    const { code, stderr } = await running.done;
    expect([code, stderr]).toEqual([130, ""]);
    expect(processesWith(marker)).toEqual([]);
  },
);
