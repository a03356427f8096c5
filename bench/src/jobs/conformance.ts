import { quickConformance, type QuickResult } from "@ticketlock/conformance";
import type { JobContext } from "@ticketlock/harness";
import { keepCompiled } from "../run/keep-compiled.ts";

/** What the job is told. */
export interface ConformanceInput {
  readonly kind: string;
  /** Contenders of an ordinary case. */
  readonly contenders: number;
}

/** Whether a lock kind may be measured: a lock that does not exclude would look fast. */
export default async function conformance({
  adapters: [adapter],
  input,
}: JobContext): Promise<QuickResult> {
  const { kind, contenders } = input as ConformanceInput;
  if (adapter === undefined) throw new Error("Cannot check a lock: no adapter was given.");
  const forget = keepCompiled();
  try {
    return await quickConformance(adapter, kind, { contenders });
  } finally {
    forget();
  }
}
