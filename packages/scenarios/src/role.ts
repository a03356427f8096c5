import type { BuyStep, Contender, Inventory } from "@ticketlock/core";
import { contenderCpuMs } from "./contender-cpu.ts";
import { EVENT_TOPIC, type State, type Told } from "./story-event.ts";

/** What every contender reports at its end. */
export interface WorkReport {
  readonly startedNs: string;
  readonly endedNs: string;
  readonly cpuMs: number | null;
  readonly waiterCpuMs: number | null;
  /** Time spent waiting for a lock. */
  readonly waitMs: number;
  /** Its stays in critical sections: entry and exit, in nanoseconds, as far as they are sure whosever clock one goes by. */
  readonly stays: readonly (readonly [string, string])[];
}

/** A contender's part in a story: tells what it does, and measures itself. */
export class Role {
  readonly contender: Contender;
  readonly #startCpuMs = contenderCpuMs();
  #waitingSince: { readonly ns: bigint; readonly cpuMs: number | null } | undefined;
  #waitNs = 0n;
  #waiterCpuMs = 0;
  #enteredNs: bigint | undefined;
  readonly #stays: [string, string][] = [];

  constructor(contender: Contender) {
    this.contender = contender;
  }

  tell(
    text: string,
    state?: State,
    section?: Told["section"],
    atNs: bigint = this.contender.nowNs(),
  ): void {
    this.contender.channel.send(EVENT_TOPIC, {
      atNs: String(atNs),
      text,
      ...(state ? { state } : {}),
      ...(section ? { section } : {}),
    });
  }

  /** Tells what core's `buy` reports. */
  step(step: BuyStep, inventory?: Inventory): void {
    const left = inventory?.remaining;
    if (step === "search") this.tell(`sees ${left} left`, "searching");
    else if (step === "read") this.tell(`reads ${left}`);
    else if (step === "write") this.tell("writes one less");
    else if (step === "conflict") this.tell("meets another version and tries again");
    else if (step === "order") this.tell("sends its order", "waiting");
    else if (step === "wait") this.waits();
    else if (step === "enter") this.enters();
    else this.exits();
  }

  waits(): void {
    this.tell("asks for the lock", "waiting");
    this.startWait();
  }

  enters(text = "holds the lock"): void {
    const now = this.contender.nowNs();
    this.endWait();
    this.#enteredNs = now;
    this.tell(text, "holding", "enter", now);
  }

  /** To be called before the lock is released: what lies between overlaps in truth. */
  exits(text = "lets go of the lock"): void {
    const now = this.contender.nowNs();
    this.tell(text, "ended", "exit", now);
    this.#stay(now);
  }

  /** As `waits`, `enters` and `exits`, without a line for each. */
  startWait(): void {
    this.#waitingSince = { ns: this.contender.nowNs(), cpuMs: contenderCpuMs() };
  }
  endWait(): void {
    const since = this.#waitingSince;
    if (since === undefined) return;
    this.#waitingSince = undefined;
    this.#waitNs += this.contender.nowNs() - since.ns;
    this.#waiterCpuMs += (contenderCpuMs() ?? 0) - (since.cpuMs ?? 0);
  }
  startStay(): void {
    this.#enteredNs = this.contender.nowNs();
  }
  endStay(): void {
    this.#stay(this.contender.nowNs());
  }

  /** Waits, unless the run is called off. @throws the signal's reason. */
  sleep(ms: number): Promise<void> {
    const { signal } = this.contender;
    if (ms <= 0) return Promise.resolve();
    return new Promise((resolve, reject) => {
      const done = (): void => {
        signal.removeEventListener("abort", stop);
        resolve();
      };
      const timer = setTimeout(done, ms);
      const stop = (): void => {
        clearTimeout(timer);
        reject(signal.reason);
      };
      if (signal.aborted) stop();
      else signal.addEventListener("abort", stop, { once: true });
    });
  }

  report<T extends object>(own: T): WorkReport & T {
    const cpuMs = contenderCpuMs();
    return {
      startedNs: String(this.contender.startedNs),
      endedNs: String(this.contender.nowNs()),
      cpuMs: cpuMs === null || this.#startCpuMs === null ? null : cpuMs - this.#startCpuMs,
      waiterCpuMs: cpuMs === null ? null : this.#waiterCpuMs,
      waitMs: Number(this.#waitNs) / 1e6,
      stays: this.#stays,
      ...own,
    };
  }

  /** What is sure of a stay by everybody's clock: between contenders, each clock may be wrong by its error. */
  #stay(now: bigint): void {
    const errorNs = BigInt(Math.ceil(this.contender.clockErrorNs));
    if (this.#enteredNs !== undefined) {
      const [entered, left] = [this.#enteredNs + errorNs, now - errorNs];
      if (entered < left) this.#stays.push([String(entered), String(left)]);
    }
    this.#enteredNs = undefined;
  }
}
