import { existsSync } from "node:fs";
import { isProcessOver, until } from "@ticketlock/conformance/kit";
import {
  isPausableSession,
  isResettableLock,
  type Lock,
  type PausableSession,
  type Session,
} from "@ticketlock/core";
import type { HistoryFiles } from "../contender/history-files.ts";
import { pause } from "../contender/pausing.ts";
import { shiftClock } from "../contender/shifted-clock.ts";
import type { Injection } from "../plan/round-plan.ts";
import { clientName } from "../contender/names.ts";
import { placeOfDeath } from "./place-of-death.ts";
import type { RoundContext } from "./round-context.ts";
import type { Injected } from "./round-report.ts";

/** After a thread has said that it ends itself, it takes a moment. */
const THREAD_END_MS = 10;

/** For so long a lost lock stays lost. */
const LOST_MS = 3;

const nobody = new Int32Array(new SharedArrayBuffer(4));

type Of<W extends Injection["what"]> = Extract<Injection, { what: W }>;

/** Does to the contenders of a session what a plan says, and notes it. */
export class Injecting {
  readonly injected: Injected[] = [];
  readonly #context: RoundContext;
  readonly #session: Session;
  readonly #files: HistoryFiles;
  /** Contenders that are gone, or are about to be. */
  readonly #dead = new Set<number>();
  readonly #attacked = new Set<number>();
  #wave = 0;

  constructor(context: RoundContext, session: Session, files: HistoryFiles) {
    this.#context = context;
    this.#session = session;
    this.#files = files;
  }

  get dead(): ReadonlySet<number> {
    return this.#dead;
  }

  /** A contender says that it is about to end itself. */
  ends(index: number): void {
    this.#dead.add(index);
  }

  /** Notes that all who live are about to be gone. */
  allDie(): void {
    for (const index of this.#session.ids.keys())
      if (!this.#dead.has(index)) this.#files.died(clientName(this.#context.options.phase, index));
  }

  /** A thread cannot end itself: it stands still where it is to die. */
  async dies(index: number): Promise<void> {
    this.#dead.add(index);
    await this.#session.crash(index);
  }

  /** A contender has sent its hostile messages. */
  attacked(index: number): void {
    this.#attacked.add(index);
  }

  /** @throws {ConformanceError} if something that must happen does not, in time */
  async inject(wave: number, injection: Injection): Promise<void> {
    this.#wave = wave;
    switch (injection.what) {
      case "kill":
      case "terminate":
        return this.#kill(injection);
      case "stop":
        return this.#stop(injection);
      case "end":
      case "point":
        return this.#awaitEnd(injection);
      case "clock":
        return this.#shift(injection);
      case "messages":
        return this.#awaitAttack(injection);
      case "owner-kill":
        // All end with it, one after the other.
        this.allDie();
        this.#context.options.tell({ type: "kill" });
        return this.#context.within("the owner is killed", new Promise<never>(() => undefined));
      case "owner-stop":
        return this.#beStopped(injection);
    }
  }

  #note(injected: Omit<Injected, "wave">): void {
    this.injected.push({ wave: this.#wave, ...injected });
  }

  async #kill({ what, victim: drawn, aims, blockMs }: Of<"kill" | "terminate">): Promise<void> {
    const index = await this.#victim(drawn, aims);
    if (index === undefined) return;
    const victim = clientName(this.#context.options.phase, index);
    const blockedMs = this.#lock?.guarantees.ownerDeath === "lost" ? 0 : blockMs;
    await this.#resetInVain();
    this.#dead.add(index);
    this.#files.died(victim);
    const atNs = this.#context.nowNs();
    const gone = this.#session.crash(index);
    if (blockedMs > 0) Atomics.wait(nobody, 0, 0, blockedMs);
    await this.#context.within(`contender ${index} is gone`, gone);
    const untilNs = this.#context.nowNs();
    // Whoever is granted a lost lock before its reset has it on the strength of an exit.
    if (this.#lock?.guarantees.ownerDeath === "lost") await pause(LOST_MS);
    const resetNs = await this.resetIfLost();
    this.#note({
      what,
      victim,
      atNs: String(atNs),
      untilNs: String(untilNs),
      ...(resetNs !== undefined && { resetNs: String(resetNs) }),
      ...(blockedMs > 0 && { blockedMs }),
    });
  }

  /** Frees a lock that was lost with its holder; when that was, if it was. */
  async resetIfLost(): Promise<bigint | undefined> {
    const lock = this.#lock;
    if (lock === undefined || !isResettableLock(lock)) return undefined;
    if ((await lock.query()).lost !== true) return undefined;
    const resetNs = this.#context.nowNs();
    const { token: before } = await lock.query();
    await lock.reset();
    const { token } = await lock.query();
    if (token <= before)
      this.#context.find("P5", `a lost lock was reset, and its token is ${token} after ${before}: who lost it could commit`); // prettier-ignore
    return resetNs;
  }

  /** A reset of a lock that is not lost must free nothing, whoever holds it. */
  async #resetInVain(): Promise<void> {
    const lock = this.#lock;
    if (lock === undefined || !isResettableLock(lock)) return;
    if ((await lock.query()).lost !== true) await lock.reset();
  }

  async #stop({ victim: drawn, aims, forMs }: Of<"stop">): Promise<void> {
    const session = this.#session;
    const index = await this.#victim(drawn, aims, true);
    if (index === undefined || !isPausableSession(session)) return;
    const atNs = this.#context.nowNs();
    try {
      await session.pause(index);
      await pause(forMs);
      const untilNs = this.#context.nowNs();
      await this.#resume(session, index);
      this.#note({
        what: "stop",
        victim: clientName(this.#context.options.phase, index),
        atNs: String(atNs),
        untilNs: String(untilNs),
      });
    } catch {
      // It has ended meanwhile, by its own doing: its end is noted there.
    }
  }

  async #resume(session: PausableSession, index: number): Promise<void> {
    await this.#context.within(`contender ${index} goes on`, session.resume(index));
  }

  async #awaitEnd(injection: Of<"end" | "point">): Promise<void> {
    const { what, victim: index } = injection;
    const atNs = this.#context.nowNs();
    const id = this.#session.ids[index]!;
    const isProcess = this.#context.launcher.unit === "process";
    const isGone = (): boolean => (isProcess ? isProcessOver(id) : this.#dead.has(index));
    await this.#context.within(
      `contender ${index} ends by itself (${what})`,
      until(this.#context.options.limitMs, `contender ${index} ends by itself`, isGone),
    );
    if (!isProcess) await pause(THREAD_END_MS);
    this.#dead.add(index);
    const { phase, folder } = this.#context.options;
    const victim = clientName(phase, index);
    const how = what === "end" ? injection.how : (placeOfDeath(folder, victim) ?? "elsewhere");
    this.#note({ what, victim, atNs: String(atNs), how });
  }

  async #shift({ jumpsMs, ownerMs }: Of<"clock">): Promise<void> {
    const atNs = String(this.#context.nowNs());
    shiftClock(ownerMs);
    this.#note({ what: "clock", atNs, count: jumpsMs.filter((ms) => ms !== 0).length + 1 });
  }

  async #awaitAttack({ attacker }: Of<"messages">): Promise<void> {
    const atNs = String(this.#context.nowNs());
    const id = this.#session.ids[attacker]!;
    const isProcess = this.#context.launcher.unit === "process";
    // One whose messages are malformed may be ended for it.
    const isOver = (): boolean =>
      this.#attacked.has(attacker) || this.#dead.has(attacker) || (isProcess && isProcessOver(id));
    await this.#context.within(
      "an attacker comes to its end",
      until(4 * this.#context.options.limitMs, "an attacker comes to its end", isOver),
    );
    this.#attacked.delete(attacker);
    const victim = clientName(this.#context.options.phase, attacker);
    this.#note({ what: "messages", victim, atNs });
  }

  /** Whoever started this process stops it, and makes a file when it goes on. */
  async #beStopped({ forMs }: Of<"owner-stop">): Promise<void> {
    const { folder, tell, limitMs } = this.#context.options;
    const file = `${folder}/continued-${this.#wave}`;
    const atNs = String(this.#context.nowNs());
    tell({ type: "stop", forMs, file });
    await until(limitMs + forMs, "the owner goes on", () => existsSync(file));
    this.#note({ what: "owner-stop", atNs, untilNs: String(this.#context.nowNs()) });
  }

  get #lock(): Lock | undefined {
    return this.#session.locks[0];
  }

  /** Who holds the lock, or the drawn one, or another who lives. The first contender is spared a death. */
  async #victim(drawn: number, aims: boolean, spares = false): Promise<number | undefined> {
    const { ids } = this.#session;
    const can = (index: number): boolean =>
      index >= (spares ? 0 : 1) && index < ids.length && !this.#dead.has(index);
    if (aims && this.#lock !== undefined) {
      const { holder } = await this.#lock.query();
      const index = holder === undefined ? -1 : ids.indexOf(holder.id);
      if (can(index)) return index;
    }
    return [drawn, ...ids.keys()].find(can);
  }
}
