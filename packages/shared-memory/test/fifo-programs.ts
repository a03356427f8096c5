import type { Model, Program, Steps, Thread } from "@ticketlock/explorer";
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
    this.words = new Int32Array(this.behindAt + behind);
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

type Contender = (me: number, make: MakeRing) => Program;

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

export function contend(
  contenders: readonly Contender[],
  make: MakeRing,
  mortal: boolean = false,
): Thread[] {
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
