import { availableParallelism } from "node:os";
import type { Catalogue } from "../plan/catalogue.ts";
import type { FaultName } from "../plan/faults.ts";
import type { RoundPlan } from "../plan/round-plan.ts";
import { selectedRounds } from "../plan/selection.ts";
import { Tally } from "../tally/tally.ts";
import { timesOf } from "../tally/times.ts";
import { BaseFolder } from "./base-folder.ts";
import { keepRound, makeKept, noteViolations } from "./kept-folder.ts";
import { type PlayedRound, RoundPlayer } from "./round-player.ts";

export interface TortureOptions {
  readonly catalogue: Catalogue;
  readonly seed: number;
  readonly signal: AbortSignal;
  /** Folder under which rounds are kept in which something was found. */
  readonly keepUnder: string;
  /** Hears of each round as it ends; `kept`: its folder, if anything was found. */
  readonly onRound?: (round: PlayedRound, kept: string) => void;
  readonly limitMs?: number;
  /** Crash images that were looked at before: each counts once, and those of this run are added. */
  readonly images?: Set<string>;
}

/** Which rounds, and how long. */
export interface Stretch {
  readonly from: number;
  readonly selects: (plan: RoundPlan) => boolean;
  /** True when there is enough. Asked before each block of rounds. */
  readonly isDone: () => boolean;
  /** No round begins after so many milliseconds. */
  readonly forMs: number;
  /** Rounds are taken so many at a time; default 12. */
  readonly block?: number;
}

/** Rounds of a block that are of one cast play in one process. */
const BLOCK = 12;
/** For a machine of many cores; on a small one that is busy besides, things take their time. */
const LIMIT_MS = 15_000;
const LIMIT_OF_A_SMALL_MACHINE_MS = 40_000;
const SMALL_MACHINE = 4;

/** Torments what is in a catalogue, and adds up what comes of it. */
export class Torture implements AsyncDisposable {
  readonly tally: Tally;
  /** How often each fault was injected in rounds of its own. */
  readonly times: Map<FaultName, number> = new Map<FaultName, number>();
  readonly #options: TortureOptions;
  readonly #base: BaseFolder = new BaseFolder();
  readonly #player: RoundPlayer;

  constructor(options: TortureOptions, tally: Tally = new Tally()) {
    this.#options = options;
    this.tally = tally;
    const usualMs = availableParallelism() < SMALL_MACHINE ? LIMIT_OF_A_SMALL_MACHINE_MS : LIMIT_MS;
    const { catalogue, signal, limitMs = usualMs, images = new Set<string>() } = options;
    this.#player = new RoundPlayer({ catalogue, base: this.#base, signal, limitMs, images });
  }

  /**
   * Plays the selected rounds, and gives the number from which to go on.
   * @throws {TicketlockError} `USAGE` if none is selected; the signal's reason, with what was done in the tally
   */
  async play({ from, selects, isDone, forMs, block: length = BLOCK }: Stretch): Promise<number> {
    const { seed, catalogue, signal } = this.#options;
    const startedMs = performance.now();
    const restMs = (): number => forMs - (performance.now() - startedMs);
    const rounds = selectedRounds(seed, from, catalogue.casts, selects);
    let next = from;
    while (!isDone() && restMs() > 0) {
      const block = Array.from({ length }, () => rounds.next().value);
      for (const plans of Map.groupBy(block, groupOf).values()) {
        signal.throwIfAborted();
        if (restMs() <= 0 || isDone()) break;
        await this.#player.play(plans, restMs(), (round) => this.#add(round));
      }
      next = block.at(-1)!.round + 1;
    }
    return next;
  }

  /** Plays one round, whatever is selected. */
  async playOne(plan: RoundPlan): Promise<void> {
    await this.#player.play([plan], Infinity, (round) => this.#add(round));
  }

  #add(round: PlayedRound): void {
    const { plan, findings } = round;
    const kept = findings.length > 0 ? makeKept(this.#options.keepUnder, plan) : "";
    const before = this.tally.violations.length;
    this.tally.add(plan, round, kept);
    if (kept !== "") {
      noteViolations(kept, plan.seed, this.tally.violations.slice(before));
      keepRound(kept, round);
    }
    this.times.set(plan.fault, (this.times.get(plan.fault) ?? 0) + timesOf(plan.fault, round));
    this.#options.onRound?.(round, kept);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#base.remove();
  }
}

/** Rounds that can play in one process, one after the other. */
function groupOf({ cast, fault }: RoundPlan): string {
  return `${cast} ${fault === "owner-kill" || fault === "owner-stop" ? "owner" : ""}`;
}
