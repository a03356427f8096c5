import {
  type Adapter,
  type Launcher,
  openSession,
  type Outcome,
  type Session,
  type SessionOptions,
  TicketlockError,
} from "@ticketlock/core";
import { Casting } from "./casting.ts";
import { moduleBeside } from "./module-beside.ts";
import { countOverlaps } from "./overlaps.ts";
import type { WorkReport } from "./role.ts";
import type { ScenarioOptions } from "./scenario-options.ts";
import { type ScenarioInfo, type ScenarioName, scenarios } from "./scenarios.ts";
import { EVENT_TOPIC, parseTold, type State, type StoryEvent, type Told } from "./story-event.ts";
import { Expectations } from "./verdict.ts";

/** The owner of the session, as the teller of an event. */
export const OWNER = -1;

export interface PartOptions {
  readonly title: string;
  readonly start?: "together" | "one-by-one";
  readonly onRequest?: (topic: string, body: unknown, index: number) => unknown;
  /** Receives what contenders tell, as it arrives. */
  readonly onTold?: (told: Told, index: number) => void;
  /** Receives what contenders send on topics other than the story's own. */
  readonly onSend?: (topic: string, body: unknown, index: number) => void;
}

/** What a part of a story left behind. */
export interface Part<R> {
  readonly outcomes: readonly Outcome<R>[];
  /** Of the contenders that came to their end. */
  readonly reports: readonly R[];
  readonly wallMs: number;
  readonly cpuMs: number | null;
  readonly waiterCpuMs: number | null;
  readonly overlaps: number;
}

/** Where a story is played: opens sessions, runs its parts, and passes on what happens. */
export class Stage {
  readonly info: ScenarioInfo;
  readonly options: ScenarioOptions;
  readonly contenders: number;
  readonly thinkMs: number;
  readonly freeRunning: boolean;
  readonly signal: AbortSignal;
  readonly casting: Casting;
  readonly expectations: Expectations = new Expectations();
  readonly #adapters: readonly Adapter[];
  readonly #emit: (event: StoryEvent) => void;

  constructor(
    scenario: ScenarioName,
    adapters: readonly Adapter[],
    options: ScenarioOptions,
    emit: (event: StoryEvent) => void,
    signal: AbortSignal,
  ) {
    this.info = scenarios[scenario];
    this.options = options;
    this.contenders = options.contenders ?? this.info.contenders;
    this.thinkMs = options.thinkMs ?? this.info.thinkMs;
    this.freeRunning = options.freeRunning ?? false;
    this.signal = signal;
    this.casting = new Casting(adapters);
    this.#adapters = adapters;
    this.#emit = emit;
  }

  nowNs(): bigint {
    return this.#launcher.nowNs();
  }

  /** What its contenders are. */
  get unit(): Launcher["unit"] {
    return this.#launcher.unit;
  }

  /** Runs `body` with a session that is closed whatever happens. */
  async withSession<T>(
    options: Pick<SessionOptions, "lock" | "store">,
    body: (session: Session) => Promise<T>,
  ): Promise<T> {
    this.signal.throwIfAborted();
    const session = await openSession({
      adapters: this.#adapters,
      contenders: this.contenders,
      seed: this.options.seed ?? 1,
      ...options,
    });
    try {
      return await body(session);
    } finally {
      await session.close();
    }
  }

  /** Runs one workload of this package in all contenders. What does not end well is unexpected. */
  async play<R extends WorkReport>(
    session: Session,
    workload: string,
    input: unknown,
    part: PartOptions,
  ): Promise<Part<R>> {
    const { title, start = "together", onRequest, onTold, onSend } = part;
    const names = Array.from({ length: this.contenders }, (_, index) => this.nameOf(index));
    this.#emit({ type: "part", atNs: String(this.nowNs()), title, names });
    const outcomes = await session.run<unknown, R>(
      moduleBeside(`./workloads/${workload}`, import.meta.url),
      input,
      {
        start,
        signal: this.signal,
        ...(onRequest ? { onRequest } : {}),
        onSend: (topic, body, index) => {
          if (topic !== EVENT_TOPIC) return onSend?.(topic, body, index);
          const told = parseTold(body);
          if (told === undefined) return;
          onTold?.(told, index);
          this.#emit({ type: "told", contender: index, ...told });
        },
      },
    );
    this.signal.throwIfAborted();
    this.#emit({ type: "part-end" });
    return { outcomes, ...measure(outcomes) };
  }

  /** Every contender must have come to its end. */
  expectAllDone(outcomes: readonly Outcome<unknown>[]): void {
    outcomes.forEach((outcome, index) => {
      if (outcome.status !== "done")
        this.expectations.that(
          false,
          `${this.nameOf(index)} ${outcome.status}: ${outcome.error.message}`,
        );
    });
  }

  /** The owner says something. */
  say(text: string, state?: State): void {
    this.#emit({
      type: "told",
      contender: OWNER,
      atNs: String(this.nowNs()),
      text,
      ...(state ? { state } : {}),
    });
  }

  nameOf(index: number): string {
    return `${this.info.role} ${index}`;
  }

  get #launcher(): Launcher {
    const launcher = this.#adapters.find((adapter) => adapter.launcher !== undefined)?.launcher;
    if (launcher !== undefined) return launcher;
    throw new TicketlockError(
      "ADAPTER_INVALID",
      `Cannot play with ${this.casting.name}: none of its adapters starts contenders. Add one that does: --adapter A+B.`,
    );
  }
}

function measure<R extends WorkReport>(outcomes: readonly Outcome<R>[]): Omit<Part<R>, "outcomes"> {
  const reports = outcomes.flatMap((outcome) => (outcome.status === "done" ? [outcome.value] : []));
  const starts = reports.map((report) => BigInt(report.startedNs));
  const ends = reports.map((report) => BigInt(report.endedNs));
  const wallNs = reports.length === 0 ? 0n : ends.reduce(later) - starts.reduce(earlier);
  return {
    reports,
    wallMs: Number(wallNs) / 1e6,
    cpuMs: sum(reports.map((report) => report.cpuMs)),
    waiterCpuMs: sum(reports.map((report) => report.waiterCpuMs)),
    overlaps: countOverlaps(reports.flatMap((report) => report.stays)),
  };
}

function later(a: bigint, b: bigint): bigint {
  return a > b ? a : b;
}

function earlier(a: bigint, b: bigint): bigint {
  return a < b ? a : b;
}

/** Null as soon as one is not known. */
export function sum(values: readonly (number | null)[]): number | null {
  return values.reduce<number | null>(
    (total, value) => (total === null || value === null ? null : total + value),
    0,
  );
}
