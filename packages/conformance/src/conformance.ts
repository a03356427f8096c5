import type { Adapter } from "@ticketlock/core";
import { listCases } from "./cases.ts";
import type { ConformanceOptions } from "./conformance-case.ts";
import { listRuntimesCases } from "./runtimes-cases.ts";

/** Registers a test, as `test` of vitest, node:test or Deno does. */
export type TestFunction = (name: string, body: () => Promise<void>) => unknown;

/**
 * Registers a test for every promise that an adapter's declarations make: each lock kind, each
 * store kind, each selling mode on each store that fits, and the launcher. What an adapter does not
 * declare is not registered, so nothing is ever skipped.
 *
 * Each test opens what it needs and closes it again; none depends on another, and they may not run
 * at the same time as others that count this process's threads.
 *
 * @example
 * import { test } from "node:test";
 * import { conformance } from "@ticketlock/conformance";
 * import { adapter } from "./src/adapter.ts";
 *
 * conformance(test, adapter);
 */
export function conformance(
  test: TestFunction,
  adapter: Adapter,
  options: ConformanceOptions = {},
): void {
  for (const { name, run } of listCases(adapter, options)) test(name, run);
}

/**
 * Registers a test for every promise that a lock or store makes to contenders of several runtimes at
 * once: of each kind that all of the adapters offer and that reaches so far. Their launchers start the
 * contenders in turn; the owner is the process that runs the tests. Registers nothing where the
 * adapters have launchers of one runtime only.
 *
 * @example
 * runtimesConformance(test, [inNode, inDeno, inBun]);
 */
export function runtimesConformance(
  test: TestFunction,
  adapters: readonly Adapter[],
  options: ConformanceOptions = {},
): void {
  for (const { name, run } of listRuntimesCases(adapters, options)) test(name, run);
}
