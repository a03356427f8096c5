import type { ViteUserConfig } from "vitest/config";

const systemTests = process.env["TICKETLOCK_SYSTEM_TESTS"] === "1";

/**
 * The settings every package's tests share.
 *
 * Tests run in forked processes: the code under test blocks threads and
 * terminates workers, which a pool of threads does not survive. There are no
 * retries, because a test that passes the second time has found a fault. The
 * time-outs are limits against a hang, not expectations.
 *
 * `pnpm test:system` runs the folders `test-system` with the same settings.
 *
 * @param include - which files are tests, relative to the package
 */
export function sharedConfig(
  include: readonly string[] = ["test/**/*.test.ts", "src/**/*.test.ts"],
): ViteUserConfig {
  return {
    test: {
      include: systemTests ? ["test-system/**/*.test.ts"] : [...include],
      pool: "forks",
      retry: 0,
      testTimeout: 60_000,
      hookTimeout: 60_000,
      teardownTimeout: 10_000,
      maxWorkers: 2,
      reporters: ["default", "json"],
      outputFile: { json: "test-results/report.json" },
    },
  };
}
