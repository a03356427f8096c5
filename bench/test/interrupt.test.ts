import { randomUUID } from "node:crypto";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { reportSchema } from "../src/report/schema.ts";
import { processesWith } from "@ticketlock/conformance/kit";
import { ONE_SCENARIO, startMain } from "./run-main.ts";

const folder = mkdtempSync(join(tmpdir(), "ticketlock-bench-test-"));
const out = join(folder, "out");
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test.runIf(existsSync("/proc/self/environ"))(
  "Ctrl-C stops the children, writes what was measured, whole and marked partial, and exits 130",
  { timeout: 120_000 },
  async () => {
    const marker = `marker-${randomUUID()}`;
    const main = startMain([...ONE_SCENARIO, "--preset", "smoke", "--out", out], {
      env: { TICKETLOCK_TEST_MARKER: marker },
    });
    await main.seen(/^\[ *2\/\d+\] /m);
    expect(existsSync(out)).toBe(false);
    main.child.kill("SIGINT");
    const { code, stdout } = await main.done;
    expect(code, stdout).toBe(130);
    expect(stdout).toContain("Partial");
    const report = reportSchema.parse(JSON.parse(readFileSync(join(out, "report.json"), "utf8")));
    expect(report.partial).toBe(true);
    expect(report.cells.length).toBeGreaterThan(0);
    expect(readdirSync(folder)).toEqual(["out"]);
    expect(processesWith(marker)).toEqual([]);
  },
);
