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
  /** How often each line has sent it back. */
  laps: readonly number[];
  /** Markers that count with its next operation: an exit and what comes behind it. */
  departing: readonly string[];
  inside: boolean;
  sleeps: boolean;
  life: "not yet" | "lives" | "dead" | "zombie";
}

interface Scene {
  memory: number[];
  /** Who sleeps, in order: the thread and the word. */
  queue: { who: number; at: number }[];
  runners: Runner[];
  mayDie: number;
}

/**
 * Tries every interleaving of a small model, one after the other: no states are compared, nothing is
 * replayed, no code is shared with the explorer. Two threads inside, or one asleep at the end, end an
 * interleaving.
 */
export function bruteForce(model: SmallModel, mostSteps: number): Outcomes {
  return new BruteForce(model, mostSteps).run();
}

class BruteForce {
  readonly #model: SmallModel;
  readonly #ends = new Set<string>();
  #wrong = new Set<string>();
  #wrongAfter = Infinity;
  #stepsLeft: number;

  constructor(model: SmallModel, mostSteps: number) {
    this.#model = model;
    this.#stepsLeft = mostSteps;
  }

  run(): Outcomes {
    const { codes, recoveries, deaths } = this.#model;
    const runner = (code: readonly Line[]): Runner => {
      const start = { code, at: 0, laps: code.map(() => 0), departing: [] };
      return { ...start, inside: false, sleeps: false, life: "not yet" };
    };
    const scene: Scene = {
      memory: [0, 0],
      queue: [],
      runners: [...codes, ...recoveries.map(({ code }) => code)].map(runner),
      mayDie: recoveries.length === 0 ? 0 : deaths,
    };
    let ok = true;
    for (let who = 0; who < codes.length; who++) ok = this.#begin(scene, who, 0) && ok;
    if (ok) this.#goOn(scene, 0);
    return { ends: this.#ends, wrong: this.#wrong, wrongAfter: this.#wrongAfter };
  }

  #goOn(scene: Scene, steps: number): void {
    let goesOn = false;
    const branch = (move: (copy: Scene) => boolean): void => {
      if (--this.#stepsLeft < 0) throw new TooMany();
      const copy = structuredCopy(scene);
      if (move(copy)) this.#goOn(copy, steps + 1);
    };
    for (const [who, runner] of scene.runners.entries()) {
      const line = runner.code[runner.at];
      if (line === undefined || (runner.life !== "lives" && runner.life !== "zombie")) continue;
      if (!runner.sleeps) {
        goesOn = true;
        for (const woken of this.#choices(scene, line))
          branch((copy) => this.#step(copy, who, woken, steps + 1));
      } else {
        if (line.what === "timed wait" && this.#model.timesOut) {
          goesOn = true;
          branch((copy) => this.#getUp(copy, who, "timed-out", steps + 1));
        }
        if (this.#model.wakesByChance) branch((copy) => this.#getUp(copy, who, "ok", steps + 1));
      }
      const isMortal = this.#model.recoveries.some(({ of }) => of === who);
      if (scene.mayDie > 0 && isMortal && runner.life === "lives")
        branch((copy) => this.#die(copy, who, steps + 1));
    }
    if (!goesOn) this.#end(scene, steps);
  }

  /** Whom a wake-up may reach: one choice, of nobody, if the line is none. */
  #choices({ queue }: Scene, { what, at, value }: Line): (readonly number[])[] {
    if (what !== "wake") return [[]];
    const sleepers = queue.filter((sleeper) => sleeper.at === at).map(({ who }) => who);
    const count = Math.min(value, sleepers.length);
    if (!this.#model.wakesAny) return [sleepers.slice(0, count)];
    const subsets = Array.from({ length: 2 ** sleepers.length }, (_, bits) =>
      sleepers.filter((_, i) => (bits & (2 ** i)) !== 0),
    );
    return subsets.filter(({ length }) => length === count);
  }

  #end({ memory, runners }: Scene, steps: number): void {
    const sleeper = runners.findIndex(({ life, sleeps }) => life === "lives" && sleeps);
    if (sleeper >= 0) return void this.#isWrong(`${nameOf(sleeper)} sleeps for ever`, steps);
    const changed = memory.flatMap((value, at) => (value === 0 ? [] : [`[${at}]=${value}`]));
    const names = runners.flatMap(({ life }, who) =>
      life === "dead" || life === "zombie" ? [nameOf(who)] : [],
    );
    const dead = names.length === 0 ? [] : [`dead: ${names.join(", ")}`];
    this.#ends.add([...changed, ...dead].join(" "));
  }

  #isWrong(what: string, steps: number): false {
    if (steps < this.#wrongAfter) this.#wrong = new Set();
    this.#wrongAfter = Math.min(this.#wrongAfter, steps);
    if (steps === this.#wrongAfter) this.#wrong.add(what);
    return false;
  }

  #begin(scene: Scene, who: number, steps: number): boolean {
    scene.runners[who]!.life = "lives";
    return this.#arrive(scene, who, 0, steps);
  }

  #die(scene: Scene, who: number, steps: number): boolean {
    const { zombies, recoveries, codes } = this.#model;
    scene.mayDie--;
    const runner = scene.runners[who]!;
    if (zombies === "run-on") runner.life = "zombie";
    else Object.assign(runner, { life: "dead", inside: false });
    if (zombies === undefined) scene.queue = scene.queue.filter((sleeper) => sleeper.who !== who);
    let ok = true;
    for (const [i, { of }] of recoveries.entries())
      if (of === who) ok = this.#begin(scene, codes.length + i, steps) && ok;
    return ok;
  }

  /** One operation. False if it goes wrong. */
  #step(scene: Scene, who: number, woken: readonly number[], steps: number): boolean {
    const runner = scene.runners[who]!;
    const { what, at, value } = runner.code[runner.at]!;
    let ok = true;
    for (const marker of runner.departing) ok = this.#pass(scene, who, marker, steps) && ok;
    const old = scene.memory[at]!;
    if (what === "wake") {
      scene.queue = scene.queue.filter((sleeper) => !woken.includes(sleeper.who));
      for (const sleeper of woken)
        if (scene.runners[sleeper]!.life !== "dead")
          ok = this.#resume(scene, sleeper, "ok", steps) && ok;
      return this.#resume(scene, who, woken.length, steps) && ok;
    }
    if (what === "wait" || what === "timed wait" || what === "poll") {
      if (old !== value) return this.#resume(scene, who, "not-equal", steps) && ok;
      if (what === "poll") return this.#resume(scene, who, "timed-out", steps) && ok;
      runner.departing = [];
      runner.sleeps = true;
      scene.queue.push({ who, at });
      return ok;
    }
    scene.memory[at] = changed(runner.code[runner.at]!, old);
    return this.#resume(scene, who, what === "store" ? value : old, steps) && ok;
  }

  #getUp(scene: Scene, who: number, end: "ok" | "timed-out", steps: number): boolean {
    scene.queue = scene.queue.filter((sleeper) => sleeper.who !== who);
    return this.#resume(scene, who, end, steps);
  }

  #resume(scene: Scene, who: number, result: number | string, steps: number): boolean {
    const runner = scene.runners[who]!;
    runner.sleeps = false;
    const skipped = runner.code[runner.at]!.skipIf === result ? 2 : 1;
    return this.#arrive(scene, who, runner.at + skipped, steps);
  }

  /** Goes on to the next operation. What it enters counts at once, what it leaves only with that operation. */
  #arrive(scene: Scene, who: number, from: number, steps: number): boolean {
    const runner = scene.runners[who]!;
    const passed: string[] = [];
    let at = from;
    for (; at < runner.code.length; at++) {
      const { what, at: back, value } = runner.code[at]!;
      if (what === "enter" || what === "exit") passed.push(what);
      else if (what !== "again") break;
      else if (runner.laps[at]! < value) {
        runner.laps = runner.laps.map((laps, line) => (line === at ? laps + 1 : laps));
        at = Math.max(0, at - back) - 1;
      }
    }
    runner.at = at;
    const exit = passed.indexOf("exit");
    const isOver = at >= runner.code.length;
    const arriving = isOver || exit < 0 ? passed : passed.slice(0, exit);
    runner.departing = passed.slice(arriving.length);
    let ok = true;
    for (const marker of arriving) ok = this.#pass(scene, who, marker, steps) && ok;
    return ok;
  }

  #pass({ runners }: Scene, who: number, marker: string, steps: number): boolean {
    const runner = runners[who]!;
    runner.inside = marker === "enter";
    const two = runner.inside && runners.some((other) => other !== runner && other.inside);
    return two ? this.#isWrong("mutual exclusion", steps) : true;
  }
}

/** What the line makes of a word that holds `old`. */
function changed({ what, value, expected }: Line, old: number): number {
  if (what === "add") return old + value;
  if (what === "sub") return old - value;
  if (what === "and") return old & value;
  if (what === "or") return old | value;
  if (what === "xor") return old ^ value;
  if (what === "store" || what === "exchange") return value;
  return what === "compareExchange" && old === expected ? value : old;
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
