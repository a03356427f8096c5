import type { Adapter } from "@ticketlock/core";
import { listCases } from "./cases.ts";
import type { ConformanceOptions } from "./conformance-case.ts";

/** How a lock kind did. */
export interface QuickResult {
  readonly passed: number;
  readonly failed: number;
  /** `<case name>: <what was broken>` of each that failed. */
  readonly failures: string[];
}

/**
 * Runs the quick part of the suite over one lock kind: what it must pass before it is worth
 * measuring. Takes a second or two. A kind that the adapter does not offer, or that declares no
 * exclusion, has no cases and so passes none.
 */
export async function quickConformance(
  adapter: Adapter,
  kind: string,
  options: ConformanceOptions = {},
): Promise<QuickResult> {
  const failures: string[] = [];
  let passed = 0;
  for (const { name, quick, lockKind, run } of listCases(adapter, options)) {
    if (!quick || lockKind !== kind) continue;
    try {
      await run();
      passed++;
    } catch (error) {
      failures.push(`${name}: ${error instanceof Error ? error.message : String(error)}`);
    }
  }
  return { passed, failed: failures.length, failures };
}
