import type { Model, Proof } from "@ticketlock/explorer";
import { type Contender as FifoContender, fifoModel, inLine } from "./fifo-programs.ts";
import {
  awaiting,
  blocking,
  type Contender as FutexContender,
  futexModel,
} from "./futex-programs.ts";

/** Entries of the ring: as many as contenders need, or more. */
const RING_SIZE = 4;

function repeated<T>(contender: T, times: number): T[] {
  return Array<T>(times).fill(contender);
}

type List<C> = (
  contenders: readonly C[],
  rounds: number,
  model?: Partial<Model>,
  what?: string,
) => Proof;

/** Makes entries of the list for one lock. */
function entriesOf<C>(
  lock: string,
  modelOf: (contenders: readonly C[], model: Partial<Model>) => Model,
): List<C> {
  return (contenders, rounds, model = {}, what) => ({
    lock,
    contenders: contenders.length,
    rounds,
    ...(what === undefined ? {} : { with: what }),
    model: () => modelOf(contenders, { fairCycles: true, ...model }),
  });
}

const futex: List<FutexContender> = entriesOf("FutexWord", futexModel);
const fifo: List<FifoContender> = entriesOf("FifoRing", (contenders, model) =>
  fifoModel(contenders, RING_SIZE, model),
);

/** Two learn of each death, and both do what is to be done. */
function answeredTwice(proof: Proof): Proof {
  const model = (): Model => {
    const { threads, ...others } = proof.model();
    const again = threads
      .filter(({ afterDeathOf }) => afterDeathOf !== undefined)
      .map((thread) => ({ ...thread, name: `${thread.name}, again` }));
    return { ...others, threads: [...threads, ...again] };
  };
  return { ...proof, with: "each death answered by two at once", model };
}

const mixed = (rounds: number): FutexContender[] => [
  ...repeated(blocking(rounds), 2),
  awaiting(rounds),
];
const oneAwaits = "one awaits";
const stayQueued: Partial<Model> = { zombies: "stay-queued" };
const zombies = "the dead stay queued";

/** The locks of FutexMutex and FifoMutex. */
export const proofs: readonly Proof[] = [
  futex(repeated(blocking(2), 3), 2),
  futex(repeated(blocking(1), 4), 1),
  futex(repeated(blocking(2), 4), 2),
  futex(repeated(blocking(1), 3), 1, { deaths: 1 }),
  futex(repeated(blocking(1), 3), 1, { deaths: 2 }),
  futex(repeated(blocking(2), 3), 2, { deaths: 2 }),
  futex(repeated(blocking(1), 3), 1, { deaths: 2, ...stayQueued }, zombies),
  answeredTwice(futex(repeated(blocking(1), 3), 1, { deaths: 1 })),
  futex(repeated(blocking(1), 3), 1, { deaths: 1, wakeOrder: "any" }),
  futex(mixed(2), 2, {}, oneAwaits),
  futex(repeated(blocking(1), 3).concat(awaiting(1)), 1, {}, oneAwaits),
  futex(mixed(1), 1, { deaths: 1 }, oneAwaits),
  futex(mixed(1), 1, { deaths: 2 }, oneAwaits),
  fifo(repeated(inLine(2), 3), 2),
  fifo(repeated(inLine(1), 4), 1),
  fifo(repeated(inLine(1), 3), 1, { deaths: 1 }),
  fifo(repeated(inLine(1), 3), 1, { deaths: 2 }),
  fifo(repeated(inLine(1), 3), 1, { deaths: 1, ...stayQueued }, zombies),
  answeredTwice(fifo(repeated(inLine(1), 2), 1, { deaths: 1 })),
];
