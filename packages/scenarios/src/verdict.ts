import type { ScenarioName } from "./scenarios.ts";

/** What came out of a story. Numbers that a story has nothing to say about are 0. */
export interface Verdict {
  readonly scenario: ScenarioName;
  readonly adapter: string;
  /** Kind; null where the story takes no lock. */
  readonly lock: string | null;
  /** Kind; null where the story has no store. */
  readonly store: string | null;
  readonly contenders: number;
  /** Buyers who were told yes. */
  readonly sold: number;
  /** max(0, sold - capacity). */
  readonly oversold: number;
  /** sold - (capacity - remaining). */
  readonly lostUpdates: number;
  /** Times that a contender entered a critical section in which another was. */
  readonly overlaps: number;
  /** Reads of a half-written file. */
  readonly tornReads: number;
  /** From the start until the last contender had ended. */
  readonly wallMs: number;
  /** Processor time of all contenders; null where the runtime cannot tell. */
  readonly cpuMs: number | null;
  /** Of that, while they waited for a lock. */
  readonly waiterCpuMs: number | null;
  readonly asExpected: boolean;
  /** What was not as expected, in words; empty if all was. */
  readonly unexpected: readonly string[];
  /** For the reader: sentences on what this story is about. */
  readonly remarks: readonly string[];
  /** What only this story measures. */
  readonly [detail: string]: unknown;
}

/** What a story adds to a verdict. */
export interface Findings {
  readonly lock?: string | null;
  readonly store?: string | null;
  readonly sold?: number;
  readonly capacity?: number;
  readonly remaining?: number;
  /** Unless it follows from what was sold and what remains. */
  readonly lostUpdates?: number;
  readonly overlaps?: number;
  readonly tornReads?: number;
  readonly wallMs: number;
  readonly cpuMs: number | null;
  readonly waiterCpuMs: number | null;
  readonly remarks?: readonly string[];
  readonly details?: Readonly<Record<string, unknown>>;
}

/** Collects where a story's outcome differs from what it must be. */
export class Expectations {
  readonly unexpected: string[] = [];

  /** `what` says what was expected, for the reader of a story that failed. */
  that(holds: boolean, what: string): void {
    if (!holds) this.unexpected.push(what);
  }

  equal(what: string, actual: unknown, expected: unknown): void {
    const [is, must] = [JSON.stringify(actual), JSON.stringify(expected)];
    this.that(is === must, `${what} is ${is}, expected ${must}`);
  }
}

/** Puts a verdict together. */
export function makeVerdict(
  play: { readonly scenario: ScenarioName; readonly adapter: string; readonly contenders: number },
  findings: Findings,
  unexpected: readonly string[],
): Verdict {
  const { sold = 0, capacity = 0, remaining = capacity - sold } = findings;
  return {
    ...play,
    lock: findings.lock ?? null,
    store: findings.store ?? null,
    sold,
    oversold: Math.max(0, sold - capacity),
    lostUpdates: findings.lostUpdates ?? sold - (capacity - remaining),
    overlaps: findings.overlaps ?? 0,
    tornReads: findings.tornReads ?? 0,
    wallMs: findings.wallMs,
    cpuMs: findings.cpuMs,
    waiterCpuMs: findings.waiterCpuMs,
    asExpected: unexpected.length === 0,
    unexpected,
    remarks: findings.remarks ?? [],
    ...findings.details,
  };
}

/** Reads what the job returned. @throws {TypeError} if it is no verdict. */
export function parseVerdict(value: unknown): Verdict {
  if (typeof value === "object" && value !== null && "scenario" in value && "asExpected" in value) {
    return value as Verdict;
  }
  throw new TypeError("Cannot read the verdict of the play: it is malformed.");
}
