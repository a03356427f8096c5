import { until } from "@ticketlock/conformance/kit";
import { type Lock, openSession, type Session } from "@ticketlock/core";
import type { HistoryFiles } from "../contender/history-files.ts";
import { describe } from "../contender/selling.ts";
import { moduleBeside } from "../module-beside.ts";
import { Draw } from "../plan/draw.ts";
import { type LineUpInput, TURN_TOPIC } from "../workloads/line-up.ts";
import { clientName } from "../contender/names.ts";
import { RoundContext, type RoundOptions } from "./round-context.ts";
import type { Injected, RoundReport } from "./round-report.ts";

/** In one line of three somebody dies as it waits. */
const DEATH_SHARE = 1 / 3;

/**
 * A round in which contenders come to the lock one after the other while the owner holds it, and wait. When
 * the owner lets go everybody must be granted, though nobody comes any more: in order where the lock says so.
 */
export class LineUpRound {
  readonly #context: RoundContext;
  readonly #options: RoundOptions;
  readonly #files: HistoryFiles;
  readonly #draw: Draw;
  readonly #injected: Injected[] = [];
  readonly #dead = new Set<number>();

  constructor(options: RoundOptions) {
    this.#options = options;
    this.#context = new RoundContext(options);
    this.#draw = new Draw(options.plan.sessionSeed);
    this.#files = this.#context.ownerFiles();
  }

  async play(): Promise<RoundReport> {
    const { adapters, plan, folder, signal } = this.#options;
    const session = await openSession({
      adapters,
      contenders: plan.contenders,
      seed: plan.sessionSeed,
      writes: [folder],
      lock: { kind: plan.lock! },
    });
    const close = (): void => void session.close().catch(() => undefined);
    signal.addEventListener("abort", close, { once: true });
    let stall: string | null = null;
    try {
      for (let line = 0; line < plan.waves.length + 1; line++) await this.#playLine(session, line);
    } catch (error) {
      signal.throwIfAborted();
      stall = `${describe(error)} The lock: ${JSON.stringify(await session.locks[0]!.query())}.`;
      await Promise.all([...session.ids.keys()].map((index) => session.crash(index)));
    } finally {
      signal.removeEventListener("abort", close);
      await session.close();
    }
    return this.#context.report({ injected: this.#injected, stall });
  }

  async #playLine(session: Session, line: number): Promise<void> {
    const lock = session.locks[0]!;
    const { folder, phase, limitMs, plan } = this.#options;
    const survives = lock.guarantees.ownerDeath === "immediate";
    const living = [...session.ids.keys()].filter((index) => !this.#dead.has(index));
    const victim =
      survives && living.length > 2 && this.#draw.chance(DEATH_SHARE)
        ? this.#draw.one(living)
        : undefined;
    const held = await this.#hold(lock, line === 0 ? "first" : "again");
    const order: number[] = [];
    const allowed = (): Promise<void> =>
      until(
        limitMs,
        `query tells of ${order.length} waiters, those who have come`,
        async () => (await lock.query()).waiters >= order.length,
      );
    const input: LineUpInput = {
      folder,
      phase,
      line,
      blocking: Array.from({ length: plan.contenders }, () => this.#draw.chance(0.5)),
    };
    const running = session.run(moduleBeside("./workloads/line-up"), input, {
      onRequest: async (topic, _body, index) => {
        if (topic !== TURN_TOPIC) return null;
        await allowed();
        order.push(index);
        return null;
      },
    });
    await until(limitMs, "everybody has come to the line", () => order.length >= living.length);
    await allowed();
    if (victim !== undefined) await this.#kill(session, line, victim);
    const at = this.#context.nowNs();
    await held();
    await this.#context.within("everybody in line is granted", running);
    const waited = order.filter((index) => index !== victim);
    this.#injected.push({
      what: "line",
      wave: line,
      atNs: String(at),
      count: waited.length,
      how: waited.map((index) => clientName(phase, index)).join(" "),
    });
  }

  /** Takes the lock; gives what lets go of it. */
  async #hold(lock: Lock, when: string): Promise<() => Promise<void>> {
    const call = this.#files.lockCall("acquire");
    const guard = await this.#context.within(`the owner is granted, ${when}`, lock.acquire());
    const { token, abandoned } = guard;
    if (abandoned) this.#files.note({ what: "abandoned", token });
    call.returned({ token });
    return async () => {
      const release = this.#files.lockCall("release", { token });
      await guard.release();
      release.returned();
    };
  }

  async #kill(session: Session, line: number, index: number): Promise<void> {
    const victim = clientName(this.#options.phase, index);
    this.#dead.add(index);
    this.#files.died(victim);
    const atNs = String(this.#context.nowNs());
    await this.#context.within(`contender ${index} is gone`, session.crash(index));
    this.#injected.push({ what: "kill", wave: line, victim, atNs });
  }
}
