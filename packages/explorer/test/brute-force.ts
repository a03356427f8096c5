import type { Line, SmallModel } from "./small-programs.ts";

/** What there is to know about a small model. */
export interface Outcomes {
  /** How it can come out where nothing goes wrong, as the explorer writes it. */
  readonly ends: ReadonlySet<string>;
  /** What can go wrong soonest, and after how many steps; `Infinity` if nothing can. */
  readonly wrong: ReadonlySet<string>;
  readonly wrongAfter: number;
}

/** Thrown where a model has too many interleavings. */
export class TooMany extends Error {}

/** What a thread does; it waits to start, or is dead, where there is no line. */
interface Runner {
  code: readonly Line[];
  /** The next line that is an operation; behind the last, it has ended. */
  at: number;
  /** Whether it passed markers behind which its next operation ends the section. */
  leaves: boolean;
  inside: boolean;
  sleeps: boolean;
  life: "not yet" | "lives" | "dead";
}

interface Scene {
  memory: number[];
  /** Who sleeps, in order: the thread and the word. */
  queue: { who: number; at: number }[];
  runners: Runner[];
  mayDie: boolean;
}

/**
 * Tries every interleaving of a small model, one after the other: no states are compared, nothing is
 * replayed, no code is shared with the explorer. Two threads inside, or one asleep at the end, end an
 * interleaving.
 */
export function bruteForce(model: SmallModel, mostSteps: number): Outcomes {
  return new BruteForce(mostSteps).run(model);
}

class BruteForce {
  readonly #ends = new Set<string>();
  #wrong = new Set<string>();
  #wrongAfter = Infinity;
  #stepsLeft: number;

  constructor(mostSteps: number) {
    this.#stepsLeft = mostSteps;
  }

  run({ codes, recovery }: SmallModel): Outcomes {
    const runner = (code: readonly Line[]): Runner => {
      const start = { code, at: 0, leaves: false, inside: false, sleeps: false };
      return { ...start, life: "not yet" };
    };
    const scene: Scene = {
      memory: [0, 0],
      queue: [],
      runners: [...codes, ...(recovery === undefined ? [] : [recovery])].map(runner),
      mayDie: recovery !== undefined,
    };
    let ok = true;
    for (let who = 0; who < codes.length; who++) ok = this.#arrive(scene, who, 0, 0, "lives") && ok;
    if (ok) this.#goOn(scene, 0);
    return { ends: this.#ends, wrong: this.#wrong, wrongAfter: this.#wrongAfter };
  }

  #goOn(scene: Scene, steps: number): void {
    let goesOn = false;
    for (const [who, runner] of scene.runners.entries()) {
      const line = runner.code[runner.at];
      if (runner.life !== "lives" || line === undefined) continue;
      if (!runner.sleeps || line.what === "timed wait") {
        goesOn = true;
        const copy = structuredCopy(scene);
        if (this.#step(copy, who, steps + 1)) this.#goOn(copy, steps + 1);
      }
      if (scene.mayDie && who === 0) {
        const copy = structuredCopy(scene);
        if (this.#die(copy, steps + 1)) this.#goOn(copy, steps + 1);
      }
    }
    if (!goesOn) this.#end(scene, steps);
  }

  #end({ memory, runners }: Scene, steps: number): void {
    const sleeper = runners.findIndex(({ life, sleeps }) => life === "lives" && sleeps);
    if (sleeper >= 0) return void this.#isWrong(`${nameOf(sleeper)} sleeps for ever`, steps);
    const changed = memory.flatMap((value, at) => (value === 0 ? [] : [`[${at}]=${value}`]));
    const dead = runners[0]!.life === "dead" ? [`dead: ${nameOf(0)}`] : [];
    this.#ends.add([...changed, ...dead].join(" "));
  }

  #isWrong(what: string, steps: number): false {
    if (steps < this.#wrongAfter) this.#wrong = new Set();
    this.#wrongAfter = Math.min(this.#wrongAfter, steps);
    if (steps === this.#wrongAfter) this.#wrong.add(what);
    return false;
  }

  #die(scene: Scene, steps: number): boolean {
    scene.mayDie = false;
    scene.queue = scene.queue.filter(({ who }) => who !== 0);
    Object.assign(scene.runners[0]!, { life: "dead", inside: false, sleeps: false });
    return this.#arrive(scene, scene.runners.length - 1, 0, steps, "lives");
  }

  /** One operation, or the end of a time. False if it goes wrong. */
  #step(scene: Scene, who: number, steps: number): boolean {
    if (--this.#stepsLeft < 0) throw new TooMany();
    const runner = scene.runners[who]!;
    const line = runner.code[runner.at]!;
    const { what, at, value, expected } = line;
    if (runner.sleeps) {
      scene.queue = scene.queue.filter((sleeper) => sleeper.who !== who);
      return this.#resume(scene, who, "timed-out", steps);
    }
    if (runner.leaves) runner.inside = runner.leaves = false;
    const old = scene.memory[at]!;
    if (what === "wake") {
      const woken = scene.queue.filter((sleeper) => sleeper.at === at).slice(0, value);
      scene.queue = scene.queue.filter((sleeper) => !woken.includes(sleeper));
      const ok = woken.map((sleeper) => this.#resume(scene, sleeper.who, "ok", steps));
      return this.#resume(scene, who, woken.length, steps) && ok.every(Boolean);
    }
    if (what === "wait" || what === "timed wait") {
      if (old !== value) return this.#resume(scene, who, "not-equal", steps);
      runner.sleeps = true;
      scene.queue.push({ who, at });
      return true;
    }
    if (what === "add") scene.memory[at] = old + value;
    else if (what === "store" || what === "exchange") scene.memory[at] = value;
    else if (what === "compareExchange" && old === expected) scene.memory[at] = value;
    return this.#resume(scene, who, what === "store" ? value : old, steps);
  }

  #resume(scene: Scene, who: number, result: number | string, steps: number): boolean {
    const runner = scene.runners[who]!;
    runner.sleeps = false;
    const skipped = runner.code[runner.at]!.skipIf === result ? 2 : 1;
    return this.#arrive(scene, who, runner.at + skipped, steps, "lives");
  }

  /** Goes on to the next operation. What it enters counts at once, what it leaves only with that operation. */
  #arrive(scene: Scene, who: number, from: number, steps: number, life: Runner["life"]): boolean {
    const runner = scene.runners[who]!;
    runner.life = life;
    const passed: string[] = [];
    let at = from;
    for (; at < runner.code.length; at++) {
      const { what } = runner.code[at]!;
      if (what !== "enter" && what !== "exit") break;
      passed.push(what);
    }
    runner.at = at;
    const isOver = at >= runner.code.length;
    const exit = passed.indexOf("exit");
    const arriving = isOver || exit < 0 ? passed : passed.slice(0, exit);
    const departing = passed.slice(arriving.length);
    let ok = true;
    for (const marker of arriving) ok = this.#pass(scene, who, marker, steps) && ok;
    // Only programs without an entrance behind an exit are made: this is an exit, or nothing.
    runner.leaves = departing.length > 0;
    return ok;
  }

  #pass({ runners }: Scene, who: number, marker: string, steps: number): boolean {
    const runner = runners[who]!;
    runner.inside = marker === "enter";
    const two = runner.inside && runners.some((other) => other !== runner && other.inside);
    return two ? this.#isWrong("mutual exclusion", steps) : true;
  }
}

function nameOf(runner: number): string {
  return `thread ${runner + 1}`;
}

function structuredCopy({ memory, queue, runners, mayDie }: Scene): Scene {
  return {
    memory: [...memory],
    queue: [...queue],
    runners: runners.map((runner) => ({ ...runner })),
    mayDie,
  };
}
