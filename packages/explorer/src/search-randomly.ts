import { NO_MEMORY, unlessOutOfMemory } from "./allocate.ts";
import { Findings } from "./findings.ts";
import type { Machine, Move } from "./machine.ts";
import type { RandomPriorities, Verdict } from "./model.ts";
import { Random } from "./random.ts";
import { traceOf } from "./trace.ts";
import { type Made, VisitedStates } from "./visited-states.ts";

/** A run that has not ended by then is given up. */
const MOST_STEPS = 2_000;

/**
 * Runs the model by random priorities: whoever has the highest and can go on does, and before random
 * steps of a run he gets a low one. A violation that takes `depth` orderings is found in a run with a
 * probability of at least 1/(n k^(depth-1)), with n who can go on and k steps in a run (Sebastian
 * Burckhardt, Pravesh Kothari, Madanlal Musuvathi, Santosh Nagarakatte, "A Randomized Scheduler with
 * Probabilistic Guarantees of Finding Bugs", 2010).
 *
 * Beyond the paper: the end of a time and a waking by chance are steps of somebody of their own. Deaths
 * come before random steps, to random mortals, any number of them up to D, all as likely: with m
 * mortals the probability is at least 1/((D+1) (m k)^D) of what it is, however many a violation takes.
 * Who comes back to a state in which he has been since the last change spins, and gets the lowest
 * priority, since what he spins for would never come. Where that has happened, where a run was given up,
 * and where it is left open whom a wake-up reaches, nothing is promised, and no probability told.
 */
export function searchRandomly(
  machine: Machine,
  { runs, depth, seed = 1 }: RandomPriorities,
  maxStates: number,
): Verdict {
  return new RandomSearch(machine, depth, seed, maxStates).run(runs);
}

/** Who can go on: a thread, or what happens to one. */
interface Actor {
  readonly thread: number;
  readonly what: Move["what"];
}

/** Who dies before which step, if he can. */
interface Death {
  readonly step: number;
  readonly thread: number;
}

class RandomSearch {
  readonly #machine: Machine;
  readonly #depth: number;
  readonly #random: Random;
  readonly #maxStates: number;
  readonly #actors: readonly Actor[];
  readonly #mortals: readonly number[];
  readonly #visited: VisitedStates;
  readonly #findings: Findings;
  #ends = new Set<number>();
  #unfinished = 0;
  #spinning = 0;

  constructor(machine: Machine, depth: number, seed: number, maxStates: number) {
    this.#machine = machine;
    this.#depth = depth;
    this.#random = new Random(seed);
    this.#maxStates = maxStates;
    this.#actors = actorsOf(machine);
    const threads = machine.model.threads.entries();
    this.#mortals = [...threads].filter(([, { mortal }]) => mortal).map(([thread]) => thread);
    this.#visited = new VisitedStates(machine, (state, move) => machine.take(state, move));
    this.#findings = new Findings(machine);
  }

  run(runs: number): Verdict {
    return unlessOutOfMemory(
      () => this.#search(runs),
      () => {
        this.#findings.states = this.#visited.size;
        return this.#findings.verdict(
          "unknown",
          `a part of ${runs} runs by random priorities${NO_MEMORY}`,
        );
      },
    );
  }

  #search(runs: number): Verdict {
    const { state, violation } = this.#machine.start();
    const wrong = violation ?? this.#machine.wrongIn(state);
    if (wrong !== undefined) return this.#violated({ way: [], violation: wrong }, 0);
    // The longest run tells where changes may come. Those drawn before it was known count for nothing.
    let steps = 1;
    let runsOfSteps = 0;
    let run = 0;
    for (; run < runs && this.#visited.size <= this.#maxStates; run++) {
      const found = this.#runOnce(this.#drawChanges(steps), this.#drawDeaths(steps));
      if (found.violation !== undefined) return this.#violated(found, run + 1);
      runsOfSteps = found.way.length > steps ? 0 : runsOfSteps + 1;
      steps = Math.max(steps, found.way.length);
    }
    this.#findings.states = this.#visited.size;
    return this.#findings.verdict("unknown", this.#covered(run, runsOfSteps, steps));
  }

  #drawChanges(steps: number): number[] {
    return Array.from({ length: this.#depth - 1 }, () => this.#random.below(steps));
  }

  /** As many as may be, or fewer: a violation may need that somebody lives. */
  #drawDeaths(steps: number): Death[] {
    const { deaths = 0 } = this.#machine.model;
    const length = deaths === 0 ? 0 : this.#random.below(deaths + 1);
    return Array.from({ length }, () => ({
      step: this.#random.below(steps),
      thread: this.#mortals[this.#random.below(this.#mortals.length)]!,
    }));
  }

  #runOnce(
    changes: readonly number[],
    deaths: readonly Death[],
  ): { way: Made[]; violation?: string } {
    const priorities = this.#random.order(this.#actors.length).map((i) => i + this.#depth);
    let lowest = 0;
    let seen = new Set<number>();
    let { state } = this.#machine.start();
    const way: Made[] = [];
    let spins = false;
    while (way.length < MOST_STEPS) {
      const number = this.#visited.reach(state);
      const wrongAtEnd = this.#wrongIfOver(number);
      if (wrongAtEnd !== undefined) return { way, violation: wrongAtEnd };
      const moves = this.#machine.moves(state);
      if (moves.every(({ what }) => what === "dies")) break;
      if (seen.has(number)) {
        const { move } = way.at(-1)!;
        priorities[this.#actorOf(move)] = lowest--;
        seen = new Set();
        spins = true;
      }
      seen.add(number);
      const dies = moves.find(
        ({ thread, what }) =>
          what === "dies" &&
          deaths.some((death) => death.thread === thread && death.step === way.length),
      );
      // Whoever would make the step of a change gets a lower priority first, and may have to wait.
      for (const [i, step] of changes.entries()) {
        if (step !== way.length) continue;
        priorities[this.#actorOf(this.#choose(moves, priorities))] = i + 1;
        seen = new Set();
      }
      const move = dies ?? this.#choose(moves, priorities);
      const outcome = this.#machine.take(state, move);
      this.#findings.transitions++;
      way.push({ before: state, move });
      state = outcome.state;
      const violation = outcome.violation ?? this.#machine.wrongIn(state);
      if (violation !== undefined) return { way, violation };
    }
    this.#findings.depth = Math.max(this.#findings.depth, way.length);
    if (way.length === MOST_STEPS) this.#unfinished++;
    if (spins) this.#spinning++;
    return { way };
  }

  /** What is wrong with a state in which nobody goes on; each such state is asked about once. */
  #wrongIfOver(number: number): string | undefined {
    if (this.#ends.has(number)) return undefined;
    const state = this.#visited.get(number);
    if (!this.#machine.isOver(state)) return undefined;
    this.#ends.add(number);
    return this.#findings.addEnd(state);
  }

  /** A move of whoever has the highest priority. */
  #choose(moves: readonly Move[], priorities: readonly number[]): Move {
    const others = moves.filter(({ what }) => what !== "dies");
    const highest = Math.max(...others.map((move) => priorities[this.#actorOf(move)]!));
    const best = others.filter((move) => priorities[this.#actorOf(move)] === highest);
    return best[this.#random.below(best.length)]!;
  }

  #actorOf({ thread, what }: Move): number {
    return this.#actors.findIndex((actor) => actor.thread === thread && actor.what === what);
  }

  #violated(
    { way, violation }: { way: readonly Made[]; violation?: string },
    runs: number,
  ): Verdict {
    this.#findings.states = this.#visited.size;
    this.#findings.depth = Math.max(this.#findings.depth, way.length);
    const trace = traceOf(this.#machine, way, violation!);
    return this.#findings.violated(trace, `${runs} runs by random priorities`);
  }

  #covered(runs: number, runsOfSteps: number, steps: number): string {
    const others = [
      ...(this.#machine.model.wakeOrder === "any" ? ["any sleeper may be woken"] : []),
      ...(this.#spinning === 0 ? [] : [`${this.#spinning} runs spun`]),
      ...(this.#unfinished === 0
        ? []
        : [`${this.#unfinished} runs were given up after ${MOST_STEPS} steps`]),
    ];
    const sentence = `${runs} runs by random priorities`;
    if (others.length > 0)
      return `${sentence} of depth ${this.#depth}, with no probability to tell: ${others.join("; ")}`;
    const chance = this.#chance(steps);
    const missed = (1 - chance) ** runsOfSteps;
    return `${sentence}: a violation of depth ${this.#depth} in ${steps} steps is found in a run with a probability of at least ${chance.toPrecision(2)}, and missed in all with at most ${missed.toPrecision(2)}`;
  }

  /** How likely it is at least that a run of so many steps finds a violation, whatever deaths it takes. */
  #chance(steps: number): number {
    const { deaths = 0 } = this.#machine.model;
    const orders = this.#actors.length * steps ** (this.#depth - 1);
    return 1 / (orders * (deaths + 1) * (steps * this.#mortals.length) ** deaths);
  }
}

function actorsOf(machine: Machine): Actor[] {
  const { threads, spuriousWakeUps = false, timeOuts = true } = machine.model;
  return threads.flatMap((_, thread): Actor[] => [
    { thread, what: "steps" },
    ...(timeOuts ? [{ thread, what: "times out" } as const] : []),
    ...(spuriousWakeUps ? [{ thread, what: "wakes" } as const] : []),
  ]);
}
