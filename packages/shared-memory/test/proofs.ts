import type { Model, Proof } from "@ticketlock/explorer";
import {
  type Contender as FifoContender,
  fifoModel,
  inLine,
  timed as leavesLine,
  trying,
} from "./fifo-programs.ts";
import { fifoZombieModel } from "./fifo-zombie-programs.ts";
import {
  awaiting,
  blocking,
  calledOff,
  type Contender as FutexContender,
  futexModel,
  timed,
} from "./futex-programs.ts";
import {
  awaiting as zombieAwaiting,
  blocking as zombieBlocking,
  futexZombieModel,
  type ZombieContender,
} from "./futex-zombie-programs.ts";

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

/** What all proofs have. No time is ever over, unless a proof says otherwise. */
const common: Partial<Model> = { fairCycles: true, timeOuts: false };

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
    model: () => modelOf(contenders, { ...common, ...model }),
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

const runsOn = "one runs on after its end";
const andReset = `${runsOn}, and a reset`;

/** One is ended and runs on. Who ends it may reset the lock, with a store that fences beside it. */
function futexZombie(contenders: readonly ZombieContender[], what: string): Proof {
  const scene = { contenders, resets: what === andReset, model: common };
  const model = (): Model => futexZombieModel(scene);
  return { lock: "FutexWord", contenders: contenders.length, rounds: 1, with: what, model };
}

function fifoZombie(contenders: number, what: string): Proof {
  const scene = { contenders, resets: what === andReset, model: common };
  const model = (): Model => fifoZombieModel(scene);
  return { lock: "FifoRing", contenders, rounds: 1, with: what, model };
}

const mixed = (rounds: number): FutexContender[] => [
  ...repeated(blocking(rounds), 2),
  awaiting(rounds),
];
const oneAwaits = "one awaits";
const oneLimit = "one with a time limit";
const stayQueued: Partial<Model> = { zombies: "stay-queued" };
const zombies = "the dead stay queued";
const timeOuts = true;

/** The locks of FutexMutex and FifoMutex. */
export const proofs: readonly Proof[] = [
  futex(repeated(blocking(2), 3), 2),
  futex(repeated(blocking(1), 4), 1),
  futex(repeated(blocking(2), 4), 2),
  futex(repeated(blocking(1), 3), 1, { deaths: 1 }),
  futex(repeated(blocking(1), 3), 1, { deaths: 2 }),
  futex(repeated(blocking(2), 3), 2, { deaths: 2 }),
  futex(repeated(blocking(1), 3), 1, { deaths: 2, ...stayQueued }, zombies),
  futex(mixed(1), 1, { deaths: 2, ...stayQueued }, `${oneAwaits}, ${zombies}`),
  futexZombie(repeated(zombieBlocking, 3), runsOn),
  futexZombie([zombieAwaiting, zombieBlocking, zombieAwaiting], `two await, ${runsOn}`),
  futexZombie([zombieBlocking, zombieAwaiting], andReset),
  answeredTwice(futex(repeated(blocking(1), 3), 1, { deaths: 1 })),
  futex(repeated(blocking(1), 3), 1, { deaths: 1, wakeOrder: "any" }),
  futex(mixed(2), 2, {}, oneAwaits),
  futex(repeated(blocking(1), 3).concat(awaiting(1)), 1, {}, oneAwaits),
  futex(mixed(1), 1, { deaths: 1 }, oneAwaits),
  futex(mixed(1), 1, { deaths: 2 }, oneAwaits),
  futex([...repeated(blocking(1), 2), timed], 1, { timeOuts, deaths: 2 }, oneLimit),
  futex(
    [blocking(1), awaiting(1), calledOff],
    1,
    { timeOuts, deaths: 1 },
    "two await, one of them is called off",
  ),
  fifo(repeated(inLine(2), 3), 2),
  fifo(repeated(inLine(1), 4), 1),
  fifo(repeated(inLine(1), 2), 1, { deaths: 1 }),
  fifo(repeated(inLine(1), 2), 1, { deaths: 2 }),
  fifo(repeated(inLine(2), 2), 2, { deaths: 1 }),
  fifo(repeated(inLine(1), 3), 1, { deaths: 1 }),
  fifo(repeated(inLine(1), 3), 1, { deaths: 2 }),
  fifo(repeated(inLine(1), 3), 1, { deaths: 1, ...stayQueued }, zombies),
  fifo(repeated(inLine(1), 3), 1, { deaths: 2, ...stayQueued }, zombies),
  fifoZombie(2, runsOn),
  fifoZombie(2, andReset),
  fifo([inLine(1), inLine(1), leavesLine], 1, { timeOuts, deaths: 1 }, oneLimit),
  fifo([inLine(1), inLine(1), trying], 1, {}, "one only tries"),
  answeredTwice(fifo(repeated(inLine(1), 2), 1, { deaths: 1 })),
];
