import type { Model, Program, Steps, Thread } from "@ticketlock/explorer";
import { exploration } from "../src/exploration.ts";
import { DONE, lapOf, stateOf } from "../src/entry-word.ts";
import { FifoRing, type FifoLayout, type Place } from "../src/fifo-ring.ts";

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

  /** The number of a place in the line, from 1: entries are taken in this order, each by one compare-and-set. */
  readonly numberOf = ({ at, waiting }: Place): number => {
    const { entriesAt, size } = this.layout;
    return lapOf(waiting) * size + (at - entriesAt) / FifoRing.words(1) + 1;
  };

  /** What is wrong with the places: they are to be taken in the order of their numbers. */
  readonly outOfOrder: NonNullable<Model["always"]> = () => {
    const { headAt, tailAt } = this.layout;
    const tail = Atomics.load(this.words, tailAt);
    for (let ticket = Atomics.load(this.words, headAt); ticket < tail; ticket++)
      if (!this.#isTaken(ticket)) return `TAIL is ahead of place ${ticket}, which nobody has taken`;
    return this.#isTaken(tail + 1) ? `place ${tail + 1} is taken before ${tail}` : undefined;
  };

  #isTaken(ticket: number): boolean {
    const { entriesAt, size } = this.layout;
    const seen = Atomics.load(this.words, entriesAt + (ticket % size) * FifoRing.words(1));
    return lapOf(seen) === Math.floor(ticket / size);
  }

  /** Everybody has gone: a newcomer gets the lock at once. */
  readonly isFree: NonNullable<Model["whenOver"]> = () =>
    this.shipped().tryEnter(NEWCOMER) ? undefined : "the lock is not free when all have gone";
}

const NEWCOMER = 99;

export type Contender = (me: number, make: MakeRing, model: RingModel) => Program;

/** Gets in line, and arrives by the very compare-and-set that takes its entry. */
function enterAndArrive(
  steps: Steps,
  ring: FifoRing,
  me: number,
  { layout }: RingModel,
): Place | undefined {
  const { compareExchange } = Atomics;
  Atomics.compareExchange = ((words: Int32Array, at: number, expected: number, value: number) => {
    const seen = compareExchange(words, at, expected, value);
    if (seen === expected && at >= layout.entriesAt && stateOf(seen) === DONE) steps.arrive();
    return seen;
  }) as typeof compareExchange;
  const place = ring.enter(me);
  Atomics.compareExchange = compareExchange;
  return place;
}

/** @param number - of its place: whoever enters has to have a higher one than all before */
function section(steps: Steps, ring: FifoRing, me: number, round: number, number?: number): void {
  steps.mark("section", round);
  steps.enter(number);
  steps.exit();
  if (!ring.release(me)) throw new Error("the holder does not hold the lock");
}

/** Stands in line until it has the lock, `rounds` times. Where the line is full it does without. */
export function inLine(rounds: number = 1): Contender {
  return (me, make, model) => (steps) => {
    const ring = make();
    for (let round = 0; round < rounds; round++) {
      steps.mark("round", round);
      // Where all come once, nobody can be overtaken by more than there are others: not to count saves states.
      const place = rounds === 1 ? ring.enter(me) : enterAndArrive(steps, ring, me, model);
      if (place === undefined) continue;
      while (!ring.holds(place)) {
        steps.mark("wait", round, place.at, place.waiting);
        ring.sleep(place, Infinity);
      }
      section(steps, ring, me, round, model.numberOf(place));
    }
  };
}

/** Leaves the line when its time is over. */
export const timed: Contender = (me, make, model) => (steps) => {
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
  section(steps, ring, me, 0, model.numberOf(place));
};

/** Takes the lock only if that takes no waiting. */
export const trying: Contender = (me, make) => (steps) => {
  const ring = make();
  if (ring.tryEnter(me)) section(steps, ring, me, 0);
};

/** What a model of this lock may have besides. */
export interface FifoModel extends Partial<Model> {
  /** Looks in every state whether places are taken in order. */
  readonly asksForOrder?: boolean;
}

/**
 * A model of the contenders, who get in line in a ring of `size` entries. If anybody may die, all may,
 * and each has somebody who recovers it.
 */
export function fifoModel(
  contenders: readonly Contender[],
  size: number,
  { asksForOrder = false, ...model }: FifoModel = {},
  change?: (ring: FifoRing, model: RingModel) => Partial<FifoRing>,
): Model {
  const ring = new RingModel(size, 1);
  const make = change === undefined ? ring.shipped : ring.variant((one) => change(one, ring));
  const threads = contend(contenders, make, ring, (model.deaths ?? 0) > 0);
  const { headAt, tailAt, abandonedAt } = ring.layout;
  const at = { head: headAt, tail: tailAt, abandoned: abandonedAt };
  const names = Object.entries(at).map(([name, index]) => [name, [ring.words, index]] as const);
  return {
    seam: exploration,
    threads,
    names: Object.fromEntries(names),
    ...(asksForOrder ? { always: ring.outOfOrder } : {}),
    whenOver: ring.isFree,
    // Who stands in line lets in only those who stood there before.
    bypassLimit: contenders.length - 1,
    ...model,
  };
}

function contend(
  contenders: readonly Contender[],
  make: MakeRing,
  ring: RingModel,
  mortal: boolean,
): Thread[] {
  const threads = contenders.map((contender, i): Thread => {
    const me = i + 1;
    return { name: `contender ${me}`, program: contender(me, make, ring), mortal };
  });
  if (!mortal) return threads;
  const recoverers = threads.map(({ name }, i): Thread => {
    const program: Program = () => make().recover(i + 1);
    return { name: `recovery of ${name}`, program, afterDeathOf: name };
  });
  return [...threads, ...recoverers];
}
