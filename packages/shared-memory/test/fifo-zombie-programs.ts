import type { Model, Program, Steps, Thread } from "@ticketlock/explorer";
import { ownerOf, stateOf, withState } from "../src/entry-word.ts";
import { exploration } from "../src/exploration.ts";
import { FifoRing } from "../src/fifo-ring.ts";
import { RingModel } from "./fifo-programs.ts";
import { ZOMBIE, ZombieModel } from "./zombie-model.ts";

const OWNER = 9;
/** States of an entry. */
const HOLDING = 2;
const LOST = 3;

/** What can be wrong. Nothing: the shipped steps, as FifoMutex takes them. */
export interface ZombieTwin {
  readonly freesOnExit?: boolean;
  /** The line does not pass over who was ended, and who was ended does not look whether it was. */
  readonly grantsToEnded?: boolean;
  readonly resetsWithoutToken?: boolean;
  /** Who waits behind the lost lock stays there. */
  readonly keepsLine?: boolean;
}

export interface ZombieScene {
  readonly contenders: number;
  readonly resets: boolean;
  /** Entries of the ring: with fewer than there are contenders the line can be full. */
  readonly size?: number;
  readonly stands?: boolean;
  readonly model?: Partial<Model>;
}

/** A ring, its store and its marks, in one model's memory. */
class Play {
  readonly ring: RingModel;
  readonly #twin: ZombieTwin;
  readonly #resets: boolean;
  readonly #words: Int32Array;
  readonly around: ZombieModel;

  constructor(twin: ZombieTwin, resets: boolean, size: number) {
    this.ring = new RingModel(size, 4);
    this.#words = this.ring.words;
    this.#twin = twin;
    this.#resets = resets;
    const { behindAt } = this.ring;
    const layout = { tokenAt: behindAt, endedAt: behindAt + 2, storeAt: behindAt + 3 };
    this.around = new ZombieModel(this.#words, layout);
  }

  #make(): FifoRing {
    const isEnded = this.#twin.grantsToEnded === true ? (): boolean => false : this.around.isEnded;
    const ring = new FifoRing(this.ring.words, this.ring.layout, 0, isEnded);
    const { freesOnExit, grantsToEnded, keepsLine } = this.#twin;
    if (freesOnExit === true)
      return Object.assign(ring, { lose: (member: number) => ring.recover(member) });
    if (grantsToEnded === true) return Object.assign(ring, { lose: () => {} });
    if (keepsLine === true) return Object.assign(ring, { lose: () => this.#loseOnly() });
    return ring;
  }

  /** Takes the first entry of the zombie's for lost, and tells nobody. */
  #loseOnly(): void {
    const { entriesAt } = this.ring.layout;
    const seen = Atomics.load(this.#words, entriesAt);
    if (ownerOf(seen) === ZOMBIE && stateOf(seen) === HOLDING)
      Atomics.compareExchange(this.#words, entriesAt, seen, withState(seen, LOST));
  }

  contender(me: number, tracked: boolean): Program {
    return (steps) => {
      const ring = this.#make();
      const place = ring.enter(me);
      if (place === undefined) return; // the line is full
      while (!ring.holds(place)) {
        steps.mark("wait", place.at, place.waiting);
        const isOut = this.#twin.grantsToEnded !== true && this.around.isEnded(me);
        if (isOut || ring.isLost()) {
          steps.mark("refused", place.at, place.waiting);
          return void ring.leave(place);
        }
        ring.sleep(place, Infinity);
        if (ring.isOver(place)) return;
      }
      this.#hold(steps, ring, me, tracked);
    };
  }

  /** From the grant to the release, as MemoryLock does it. */
  #hold(steps: Steps, ring: FifoRing, me: number, tracked: boolean): void {
    steps.mark("taken");
    // Without a reset tokens and the store matter to nobody.
    const token = this.#resets ? this.around.issueToken() : 0;
    if (this.#twin.grantsToEnded !== true && this.around.isEnded(me)) {
      steps.mark("let go");
      return ring.letGo(me);
    }
    steps.mark("granted", token);
    if (tracked) steps.enter();
    if (this.#resets) this.around.commit(steps, me, token);
    steps.mark("leaves");
    if (tracked) steps.exit();
    if (!ring.release(me) && me !== ZOMBIE) throw new Error("the holder does not hold the lock");
  }

  owner(): Program {
    return (steps) => {
      this.around.markEnded();
      steps.mark("marked");
      const ring = this.#make();
      ring.lose(ZOMBIE);
      steps.mark("look");
      if (!this.#resets || !ring.isLost()) return;
      steps.mark("reset");
      if (!ring.takeOver(ZOMBIE, OWNER)) return;
      steps.mark("was taken over");
      const { around } = this;
      const token =
        this.#twin.resetsWithoutToken === true ? around.lastToken() : around.issueToken();
      steps.mark("raised", token);
      ring.release(OWNER);
      steps.mark("was reset", token);
      const count = around.read(steps, token);
      if (count >= 0) around.write(steps, token, count);
    };
  }
}

/** A model of contenders of whom the first is ended, and may run on. */
export function fifoZombieModel(
  { contenders, resets, stands = false, size = 4, model }: ZombieScene,
  twin: ZombieTwin = {},
): Model {
  const play = new Play(twin, resets, size);
  const threads = Array.from({ length: contenders }, (_, i): Thread => {
    const me = i + 1;
    const name = me === ZOMBIE ? "zombie" : `contender ${me}`;
    const mortal = me === ZOMBIE;
    // After a reset the zombie may still be inside, and only the store keeps it out.
    const program = play.contender(me, !resets || me !== ZOMBIE);
    return { name, program, mortal };
  });
  const owner: Thread = { name: "owner", program: play.owner(), afterDeathOf: "zombie" };
  const whenOver: Model["whenOver"] = () => {
    const { words, layout } = play.ring;
    const ring = new FifoRing(words, layout, 0, (member) => member === ZOMBIE);
    const isLost = !resets && ring.isLost();
    return (isLost ? undefined : play.ring.isFree()) ?? play.around.lostCommit();
  };
  const zombies = stands ? "stay-queued" : "run-on";
  return {
    seam: exploration,
    threads: [...threads, owner],
    whenOver,
    deaths: 1,
    zombies,
    ...model,
  };
}
