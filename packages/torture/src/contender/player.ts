import type { Contender, Guard, Launcher } from "@ticketlock/core";
import type { Draw } from "../plan/draw.ts";
import type { Injection, Style } from "../plan/round-plan.ts";
import { Acquiring } from "./acquiring.ts";
import { Counting } from "./counting.ts";
import { Dying, type PointOfDeath } from "./dying.ts";
import { endBy } from "./endings.ts";
import type { HistoryFiles } from "./history-files.ts";
import { pause, think, turn } from "./pausing.ts";
import { dawdle, Selling } from "./selling.ts";

/** Topic on which a contender tells its owner that it is about to end itself. */
export const ENDS_TOPIC = "torture:ends";

export interface PlayerOptions {
  readonly folder: string;
  readonly files: HistoryFiles;
  readonly draw: Draw;
  readonly style: Style;
  readonly unit: Launcher["unit"];
  /** Stays in its sections for long. */
  readonly lingers: boolean;
  /** The store may refuse for want of room. */
  readonly mayBeFull: boolean;
  /** Codes with which the lock may refuse. */
  readonly expected: readonly string[];
}

type SelfEnd = Extract<Injection, { what: "end" }>;

/** Whoever has not come to its point after so many calls dies at one that is reached in any case. */
const MOST_CALLS = 12;
/** How often a contender does something else than its section. */
const SEARCH_SHARE = 0.1;
const LATE_SHARE = 0.06;
const TWICE_SHARE = 0.12;
/** A guard of a former hold is released again before the next hold, or in it. */
const BEFORE_SHARE = 0.3;
const INSIDE_SHARE = 0.6;
const ASKS_INSIDE_SHARE = 0.03;
const LEAVES_ABANDONED_SHARE = 0.3;
/** The event loop must turn at times, or nobody hears of a contender. */
const TURN_SHARE = 0.25;
const REST_SHARE = 0.08;
const REST_MS = 2;
const LINGER_MS = 3;

/** One contender that competes, one operation after the other, and ends where it is to. */
export class Player {
  readonly #contender: Contender;
  readonly #options: PlayerOptions;
  readonly #draw: Draw;
  readonly #acquiring: Acquiring | undefined;
  readonly #selling: Selling | undefined;
  readonly #counting: Counting | undefined;
  readonly #dying: Dying;
  #calls = 0;
  /** A guard of a hold that is over, to be released once more. */
  #former: Guard | undefined;

  constructor(contender: Contender, options: PlayerOptions) {
    const { folder, files, draw, style, expected, mayBeFull } = options;
    this.#contender = contender;
    this.#options = options;
    this.#draw = draw;
    this.#dying = new Dying(contender, options.unit, files);
    if (style !== "atomic")
      this.#acquiring = new Acquiring(contender.lock(), files, draw, expected);
    if (style === "section") this.#counting = new Counting(folder, files, draw);
    else this.#selling = new Selling(contender.store, files, draw, mayBeFull);
  }

  /** Does one thing. `end` and `point`: what it is to die of in this operation, if it comes to that. */
  async operate(end: SelfEnd | undefined, point: PointOfDeath | undefined): Promise<void> {
    const draw = this.#draw;
    if (draw.chance(TURN_SHARE)) await turn();
    if (draw.chance(REST_SHARE)) await pause(draw.whole(0, REST_MS));
    await this.#releaseAgain(BEFORE_SHARE);
    const acquiring = this.#acquiring;
    if (acquiring === undefined) return this.#sellAtOnce();
    if (end === undefined && point === undefined && draw.chance(SEARCH_SHARE))
      if (this.#selling !== undefined) return this.#selling.search();
    const guard = await this.#acquire(acquiring, point);
    if (guard !== undefined) await this.#hold(acquiring, guard, end, point);
  }

  async #sellAtOnce(): Promise<void> {
    if (this.#draw.chance(SEARCH_SHARE)) return this.#selling!.search();
    return this.#selling!.buyAtOnce();
  }

  async #acquire(
    acquiring: Acquiring,
    point: PointOfDeath | undefined,
  ): Promise<Guard | undefined> {
    if (point?.during !== "acquire") return acquiring.acquire(acquiring.drawManner());
    return this.#perhapsDie(point, () => acquiring.acquire("plain"));
  }

  async #hold(
    acquiring: Acquiring,
    guard: Guard,
    end: SelfEnd | undefined,
    point: PointOfDeath | undefined,
  ): Promise<void> {
    const draw = this.#draw;
    if (this.#options.lingers) await pause(draw.whole(0, LINGER_MS));
    else await think(draw.share());
    await this.#releaseAgain(INSIDE_SHARE);
    if (draw.chance(ASKS_INSIDE_SHARE)) await acquiring.askInside();
    if (end !== undefined) await this.#end(end);
    const release = (): Promise<void> => acquiring.release(guard);
    if (guard.abandoned && !draw.chance(LEAVES_ABANDONED_SHARE))
      await acquiring.markConsistent(guard);
    const isLate = this.#selling?.isFenced === true && point === undefined && draw.chance(LATE_SHARE); // prettier-ignore
    if (isLate) {
      await this.#selling!.buyLocked(guard.token, async () => {
        await release();
        await dawdle(draw);
      });
    } else {
      await this.#counting?.count(guard);
      await this.#selling?.buyLocked(guard.token);
      if (point?.during === "release") await this.#perhapsDie(point, release);
      else await release();
    }
    if (draw.chance(TWICE_SHARE)) this.#former = guard;
  }

  /** Releases a guard of a former hold again, perhaps while others or this client itself hold the lock: that must do nothing. */
  async #releaseAgain(share: number): Promise<void> {
    const former = this.#former;
    if (former === undefined || !this.#draw.chance(share)) return;
    this.#former = undefined;
    try {
      await former.release();
    } catch {
      // A lost hold may say so once more.
    }
  }

  async #end({ how }: SelfEnd): Promise<void> {
    await this.#contender.channel.request(ENDS_TOPIC, how);
    this.#options.files.died();
    await endBy(how);
  }

  #perhapsDie<T>(point: PointOfDeath, call: () => Promise<T>): Promise<T> {
    return this.#dying.call(point, ++this.#calls > MOST_CALLS, call);
  }
}
