import type { Model, Program, Steps, Thread } from "@ticketlock/explorer";
import { exploration } from "../src/exploration.ts";
import { FifoRing, type FifoLayout } from "../src/fifo-ring.ts";

export type MakeRing = () => FifoRing;

/** A ring as FifoMutex uses it. The words stay as they are: the explorer keeps the memory. */
export class RingModel {
  readonly layout: FifoLayout;
  readonly words: Int32Array;
  /** Where words begin that are no part of the ring. */
  readonly behindAt: number;

  constructor(size: number, behind: number = 0) {
    this.layout = { headAt: 0, tailAt: 1, abandonedAt: 2, entriesAt: 3, size };
    this.behindAt = this.layout.entriesAt + FifoRing.words(size);
    this.words = new Int32Array(new SharedArrayBuffer(4 * (this.behindAt + behind)));
    FifoRing.initialize(this.words, this.layout);
  }

  /** The shipped ring, without the spinning that changes nothing but the number of states. */
  readonly shipped: MakeRing = () => new FifoRing(this.words, this.layout, 0);

  variant(change: (ring: FifoRing) => Partial<FifoRing>): MakeRing {
    return () => {
      const ring = this.shipped();
      return Object.assign(ring, change(ring));
    };
  }

  /** Everybody has gone: a newcomer gets the lock at once. */
  readonly isFree: NonNullable<Model["whenOver"]> = () =>
    this.shipped().tryEnter(NEWCOMER) ? undefined : "the lock is not free when all have gone";
}

const NEWCOMER = 99;

export type Contender = (me: number, make: MakeRing) => Program;

function section(steps: Steps, ring: FifoRing, me: number, round: number): void {
  steps.mark("section", round);
  steps.enter();
  steps.exit();
  if (!ring.release(me)) throw new Error("the holder does not hold the lock");
}

/** Stands in line until it has the lock, `rounds` times. Where the line is full it does without. */
export function inLine(rounds: number = 1): Contender {
  return (me, make) => (steps) => {
    const ring = make();
    for (let round = 0; round < rounds; round++) {
      steps.mark("round", round);
      const place = ring.enter(me);
      if (place === undefined) continue;
      steps.arrive();
      while (!ring.holds(place)) {
        steps.mark("wait", round, place.at, place.waiting);
        ring.sleep(place, Infinity);
      }
      section(steps, ring, me, round);
    }
  };
}

/** Leaves the line when its time is over. */
export const timed: Contender = (me, make) => (steps) => {
  const ring = make();
  const place = ring.enter(me);
  if (place === undefined) return;
  while (!ring.holds(place)) {
    steps.mark("wait", place.at, place.waiting);
    const end = ring.sleep(place, 1);
    if (end === "timed-out") {
      steps.mark("leave", place.at, place.waiting);
      return void ring.leave(place);
    }
  }
  section(steps, ring, me, 0);
};

/** Takes the lock only if that takes no waiting. */
export const trying: Contender = (me, make) => (steps) => {
  const ring = make();
  if (ring.tryEnter(me)) section(steps, ring, me, 0);
};

/**
 * A model of the contenders, who get in line in a ring of `size` entries. If anybody may die, all may,
 * and each has somebody who recovers it.
 */
export function fifoModel(
  contenders: readonly Contender[],
  size: number,
  model: Partial<Model> = {},
  change?: (ring: FifoRing, model: RingModel) => Partial<FifoRing>,
): Model {
  const ring = new RingModel(size);
  const make = change === undefined ? ring.shipped : ring.variant((one) => change(one, ring));
  const threads = contend(contenders, make, (model.deaths ?? 0) > 0);
  const { headAt, tailAt, abandonedAt } = ring.layout;
  const at = { head: headAt, tail: tailAt, abandoned: abandonedAt };
  const names = Object.entries(at).map(([name, index]) => [name, [ring.words, index]] as const);
  return {
    seam: exploration,
    threads,
    names: Object.fromEntries(names),
    whenOver: ring.isFree,
    // Who stands in line lets in only those who stood there before.
    bypassLimit: contenders.length - 1,
    ...model,
  };
}

function contend(contenders: readonly Contender[], make: MakeRing, mortal: boolean): Thread[] {
  const threads = contenders.map((contender, i): Thread => {
    const me = i + 1;
    return { name: `contender ${me}`, program: contender(me, make), mortal };
  });
  if (!mortal) return threads;
  const recoverers = threads.map(({ name }, i): Thread => {
    const program: Program = () => make().recover(i + 1);
    return { name: `recovery of ${name}`, program, afterDeathOf: name };
  });
  return [...threads, ...recoverers];
}
