import { firstFault } from "../report/read-report.ts";
import { blockSchema } from "../report/schema.ts";
import type { BlockResult } from "./block.ts";

/**
 * A block as a report can keep it: one with an impossible value costs itself only, and not the report that it
 * would be in.
 * @throws {Error} naming the value
 */
export function usableBlock(value: unknown): BlockResult {
  const { success, data, error } = blockSchema.safeParse(value);
  if (success) return data;
  throw new Error(`Cannot use what was measured: ${firstFault(error)}.`);
}
