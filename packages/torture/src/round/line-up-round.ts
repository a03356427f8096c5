import { writeFileSync } from "node:fs";
import { DIES_TOPIC, isProcessOver, until } from "@ticketlock/conformance/kit";
import { type Lock, openSession, type Session } from "@ticketlock/core";
import type { HistoryFiles } from "../contender/history-files.ts";
import { waveName } from "../contender/notes.ts";
import { clientName } from "../contender/names.ts";
import { describe } from "../contender/selling.ts";
import { moduleBeside } from "../module-beside.ts";
import { Draw } from "../plan/draw.ts";
import type { Injection, Wave } from "../plan/round-plan.ts";
import { type LineUpInput, TURN_TOPIC } from "../workloads/line-up.ts";
import { placeOfDeath } from "./place-of-death.ts";
import { RoundContext, type RoundOptions } from "./round-context.ts";
import type { Injected, RoundReport } from "./round-report.ts";

/** With fewer, nobody is to die: somebody must be there to be woken. */
const LEAST_LIVING = 3;

type Death = Extract<Injection, { what: "point" }> | Extract<Injection, { what: "kill" | "terminate" }>; // prettier-ignore

/**
 * A round in which contenders come to the lock one after the other while somebody holds it, and wait. When it is
 * let go everybody must be granted, though nobody comes any more: in order where the lock says so, and also
 * where one of them dies there, or the holder as it lets go.
 */
export class LineUpRound {
  readonly #context: RoundContext;
  readonly #options: RoundOptions;
  readonly #files: HistoryFiles;
  readonly #draw: Draw;
  readonly #injected: Injected[] = [];
  readonly #dead = new Set<number>();
  #session!: Session;

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
    this.#session = session;
    const lookAgain = await this.#context.ownerLooksSeldom();
    const close = (): void => void session.close().catch(() => undefined);
    signal.addEventListener("abort", close, { once: true });
    let stall: string | null = null;
    try {
      for (const [line, wave] of plan.waves.entries()) await this.#playLine(line, wave);
    } catch (error) {
      signal.throwIfAborted();
      stall = `${describe(error)} The lock: ${JSON.stringify(await this.#lock.query())}.`;
      for (const index of this.#living) this.#files.died(clientName(this.#options.phase, index));
      await Promise.all([...session.ids.keys()].map((index) => session.crash(index)));
    } finally {
      signal.removeEventListener("abort", close);
      lookAgain();
      await session.close();
    }
    return this.#context.report({ injected: this.#injected, stall });
  }

  async #playLine(line: number, { injections }: Wave): Promise<void> {
    const { limitMs, folder, phase } = this.#options;
    const living = this.#living;
    const death = this.#deathIn(injections);
    const leaveFile = `${folder}/${waveName(phase, line)}`;
    const killed = death?.what === "kill" ? death.victim : undefined;
    const isHolder = death?.what === "point" && death.during === "release";
    const letGo = isHolder ? undefined : await this.#hold();
    // One that dies by itself comes unasked.
    const order = death?.what === "point" ? [death.victim] : [];
    const inLine = (): Promise<void> =>
      until(limitMs, `query tells of those who have come to line ${line}`, async () => {
        const { held, waiters } = await this.#lock.query();
        const isGone = death?.what === "point" && this.#isGone(death.victim);
        return (held || isGone) && waiters >= order.length - (isHolder || isGone ? 1 : 0);
      });
    const input = this.#input(death, leaveFile);
    const running = this.#session.run(moduleBeside("./workloads/line-up"), input, {
      onRequest: async (topic, _body, index) => {
        if (topic !== TURN_TOPIC) return null;
        await inLine();
        order.push(index);
        return null;
      },
      onSend: (topic, _body, index) => {
        if (topic === DIES_TOPIC) void this.#session.crash(index).then(() => this.#dead.add(index));
      },
    });
    await until(limitMs, `all have come to line ${line}`, () => order.length >= living.length);
    await inLine();
    if (killed !== undefined) await this.#kill(line, killed);
    const atNs = String(this.#context.nowNs());
    await letGo?.();
    writeFileSync(leaveFile, "", { mode: 0o600 });
    const outcomes = await this.#context.within(`all in line ${line} are granted`, running);
    if (death?.what === "point" && outcomes[death.victim]?.status === "crashed") {
      const victim = clientName(phase, death.victim);
      this.#dead.add(death.victim);
      const how = placeOfDeath(folder, victim) ?? "elsewhere";
      this.#injected.push({ what: "point", wave: line, victim, atNs, how });
    }
    const holder = isHolder ? death.victim : undefined;
    const waited = order.filter((index) => index !== holder && !this.#dead.has(index));
    const how = waited.map((index) => clientName(phase, index)).join(" ");
    this.#injected.push({ what: "line", wave: line, atNs, count: waited.length, how });
  }

  /** What somebody who lives is to die of, where the lock survives that and enough are left. */
  #deathIn(injections: readonly Injection[]): Death | undefined {
    const death = injections.find(
      (one): one is Death => one.what === "kill" || one.what === "point",
    );
    const survives = this.#lock.guarantees.ownerDeath === "immediate";
    if (death === undefined || !survives || this.#living.length < LEAST_LIVING) return undefined;
    return this.#dead.has(death.victim) ? undefined : death;
  }

  get #living(): number[] {
    return [...this.#session.ids.keys()].filter((index) => !this.#dead.has(index));
  }

  get #lock(): Lock {
    return this.#session.locks[0]!;
  }

  #isGone(index: number): boolean {
    const isProcess = this.#context.launcher.unit === "process";
    return this.#dead.has(index) || (isProcess && isProcessOver(this.#session.ids[index]!));
  }

  #input(death: Death | undefined, leaveFile: string): LineUpInput {
    const { folder, phase, plan } = this.#options;
    return {
      folder,
      phase,
      leaveFile,
      looksSeldom: this.#context.looksSeldom,
      unit: this.#context.launcher.unit,
      blocking: Array.from({ length: plan.contenders }, () => this.#draw.chance(0.5)),
      death: death?.what === "point" ? death : null,
    };
  }

  /** Takes the lock, and puts right what a dead one has left; gives what lets go of it. */
  async #hold(): Promise<() => Promise<void>> {
    const call = this.#files.lockCall("acquire");
    const guard = await this.#context.within("the owner is granted", this.#lock.acquire());
    const { token, abandoned } = guard;
    if (abandoned) this.#files.note({ what: "abandoned", token });
    call.returned({ token });
    this.#files.note({ what: "consistent", token, state: "called" });
    await guard.markConsistent();
    this.#files.note({ what: "consistent", token, state: "returned" });
    return async () => {
      const release = this.#files.lockCall("release", { token });
      await guard.release();
      release.returned();
    };
  }

  async #kill(line: number, index: number): Promise<void> {
    const victim = clientName(this.#options.phase, index);
    this.#dead.add(index);
    this.#files.died(victim);
    const atNs = String(this.#context.nowNs());
    await this.#context.within(`contender ${index} is gone`, this.#session.crash(index));
    this.#injected.push({ what: "kill", wave: line, victim, atNs });
  }
}
