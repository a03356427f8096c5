import type { Model, Program, Steps, Thread, Verdict } from "@ticketlock/explorer";
import { afterAll, describe, expect, test } from "vitest";
import { ownerOf, stateOf, withState } from "../src/entry-word.ts";
import { FifoRing } from "../src/fifo-ring.ts";
import { explore } from "./explore.ts";
import { RingModel } from "./fifo-programs.ts";
import { ZOMBIE, ZombieModel } from "./zombie-model.ts";

const OWNER = 9;
/** States of an entry. */
const HOLDING = 2;
const LOST = 3;

/** What can be wrong. Nothing: the shipped steps, as FifoMutex takes them. */
interface Twin {
  readonly freesOnExit?: boolean;
  /** The line does not pass over who was ended, and who was ended does not look whether it was. */
  readonly grantsToEnded?: boolean;
  readonly resetsWithoutToken?: boolean;
  /** Who waits behind the lost lock stays there. */
  readonly keepsLine?: boolean;
}

interface Scene {
  readonly name: string;
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
  readonly #twin: Twin;
  readonly #resets: boolean;
  readonly #words: Int32Array;
  readonly around: ZombieModel;

  constructor(twin: Twin, resets: boolean, size: number) {
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

function check(
  { contenders, resets, stands = false, size = 4, model }: Scene,
  twin: Twin = {},
): Verdict {
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
  return explore({ threads: [...threads, owner], whenOver, deaths: 1, zombies, ...model });
}

const MANY = { maxStates: 6_000_000 };
const scenes: readonly Scene[] = [
  { name: "a zombie and 1 contender", contenders: 2, resets: false },
  { name: "a zombie and 1 contender, and a reset", contenders: 2, resets: true },
  {
    name: "a zombie and 2 contenders, where the zombie never runs on",
    contenders: 3,
    resets: false,
    stands: true,
    model: MANY,
  },
  {
    name: "a zombie and 2 contenders, and a reset, where the zombie never runs on",
    contenders: 3,
    resets: true,
    stands: true,
    model: MANY,
  },
];

const LIMIT_MS = 300_000;
const counts: string[] = [];
afterAll(() => console.log(counts.join("\n")));

describe("a thread that runs on after its end gets nothing from FifoRing, harms nobody, and nobody waits for ever, under every interleaving of", () => {
  test.for(scenes)("$name", { timeout: LIMIT_MS }, (scene) => {
    const { verdict, states, violation, trace } = check(scene);
    expect({ verdict, violation, trace }).toEqual({ verdict: "proved" });
    counts.push(`FifoRing, ${scene.name}: proved in ${states} states`);
  });
});

describe("FifoRing would be broken by", () => {
  const [plain, reset] = scenes as [Scene, Scene];
  const standing = scenes.find(({ stands }) => stands === true)!;
  test.for([
    {
      name: "an end that frees what the ended thread holds",
      scene: plain,
      twin: { freesOnExit: true },
      violation: "mutual exclusion",
    },
    {
      name: "a hand-over to a waiter that was ended",
      scene: { ...standing, contenders: 2 },
      twin: { grantsToEnded: true },
      violation: "sleeps for ever",
    },
    {
      name: "a reset that does not raise the token",
      scene: reset,
      twin: { resetsWithoutToken: true },
      violation: "a commit is lost",
    },
    {
      name: "a loss that leaves its waiters in line",
      scene: { ...standing, contenders: 2 },
      twin: { keepsLine: true },
      violation: "sleeps for ever",
    },
  ])("$name", { timeout: LIMIT_MS }, ({ scene, twin, violation }) => {
    const found = check(scene, twin);
    expect(found.violation).toContain(violation);
    expect(found.trace?.steps.length).toBeGreaterThan(0);
  });
});
