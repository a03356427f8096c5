import { type Contender, type Guard, toWireError } from "@ticketlock/core";

/**
 * One contender's part: what it does, one after the other. `acquire`, `acquire 50` (milliseconds),
 * `acquire aborted`, `try`, `release`, `consistent`, `query`, `queued 2`, `close`, `meet x`, `tell x`, `hang`,
 * `exit`, `throw`.
 */
export type Part = readonly string[];

/** What came of each step that has a result: a token with `!` if abandoned, an error's code, a snapshot. */
export type Played = readonly unknown[];

/** Plays the contender's own part of the script and returns what came of it. */
export default async function play(contender: Contender, parts: readonly Part[]): Promise<Played> {
  const player = new Player(contender);
  for (const step of parts[contender.index] ?? []) {
    await player
      .play(step)
      .catch((error: unknown) =>
        player.log.push(error === "stop" ? error : toWireError(error).code),
      );
  }
  return player.log;
}

class Player {
  readonly log: unknown[] = [];
  readonly #contender: Contender;
  #guard: Guard | undefined;

  constructor(contender: Contender) {
    this.#contender = contender;
  }

  async play(step: string): Promise<void> {
    const [word, argument = ""] = step.split(" ");
    const lock = this.#contender.lock();
    if (word === "acquire") this.#hold(await lock.acquire(acquireOptions(argument)));
    else if (word === "try") this.#hold(await lock.tryAcquire());
    else if (word === "release") await this.#guard!.release();
    else if (word === "consistent") await this.#guard!.markConsistent();
    else if (word === "query") this.log.push(await lock.query());
    else if (word === "close") await lock.close();
    else if (word === "queued") await this.#queued(Number(argument));
    else if (word === "meet") await this.#contender.meet(argument);
    else if (word === "tell") this.#contender.channel.send(argument, null);
    else if (word === "hang") await new Promise((resolve) => setTimeout(resolve, 60_000));
    else if (word === "exit") process.exit(0);
    else if (word === "throw") await new Promise(() => process.nextTick(throwNow));
    else throw new Error(`unknown step ${step}`);
  }

  /** Waits until so many wait for the lock. */
  async #queued(waiters: number): Promise<void> {
    while ((await this.#contender.lock().query()).waiters !== waiters) continue;
  }

  #hold(guard: Guard | undefined): void {
    this.#guard = guard ?? this.#guard;
    this.log.push(guard === undefined ? "busy" : `${guard.token}${guard.abandoned ? "!" : ""}`);
  }
}

function acquireOptions(argument: string): { timeoutMs?: number; signal?: AbortSignal } {
  if (argument !== "aborted") return argument === "" ? {} : { timeoutMs: Number(argument) };
  const controller = new AbortController();
  setTimeout(() => controller.abort("stop"), 30);
  return { signal: controller.signal };
}

function throwNow(): never {
  throw new Error("on purpose");
}
