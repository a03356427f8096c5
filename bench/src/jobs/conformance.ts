import { quickConformance, type QuickResult } from "@ticketlock/conformance";
import type { JobContext } from "@ticketlock/harness";

/** Whether a lock kind may be measured: a lock that does not exclude would look fast. */
export default function conformance({
  adapters: [adapter],
  input,
}: JobContext): Promise<QuickResult> {
  const { kind } = input as { kind: string };
  if (adapter === undefined) throw new Error("Cannot check a lock: no adapter was given.");
  return quickConformance(adapter, kind);
}
