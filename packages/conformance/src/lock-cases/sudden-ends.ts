import type { Arena } from "../kit/arena.ts";
import { Doorkeeper } from "../kit/doorkeeper.ts";
import { equal, expect } from "../kit/expect.ts";
import { until, watch } from "../kit/limit.ts";
import { randomFrom } from "../kit/random.ts";
import type { Stage } from "../kit/stage.ts";
import { type Way, waysOf } from "../kit/taking.ts";
import { workloadUrl } from "../kit/workload-url.ts";
import type { Entry } from "../workloads/die-at-point.ts";
import type { Ending, EndInsideInput } from "../workloads/end-inside.ts";
import type { FightInput } from "../workloads/fight.ts";
import { expectFree } from "./guards.ts";
import {
  blocks,
  hasTokens,
  type LockCase,
  type LockUnderTest,
  survivesOwner,
} from "./lock-case.ts";

/** Contenders that fight at first, and those that are left when a fight is over. */
const FIGHTERS = 7;
const SURVIVORS = 3;
/** Half of it for processes, which take long to start. */
const FIGHTS = 2;
const THOROUGH_FIGHTS = 25;
/** A kill comes within so many milliseconds. */
const KILL_WITHIN_MS = 12;
/** Nobody fights longer than that, whatever the owner forgets to say. */
const MOST_ROUNDS = 100_000;

/** The owner of a fight: keeps the door, kills, and looks whether all others still come in. */
class Referee {
  readonly #stage: Stage;
  readonly #door = new Doorkeeper();
  readonly #random: () => number;
  readonly #hasTokens: boolean;
  readonly #dead = new Set<number>();
  /** Entries since the last kill, by contender. */
  readonly #entries = new Map<number, number>();
  #told = false;
  #isOver = false;

  constructor(stage: Stage, seed: number, tokens: boolean) {
    this.#stage = stage;
    this.#hasTokens = tokens;
    this.#random = randomFrom(seed);
  }

  readonly onRequest = (topic: string, body: unknown, index: number): unknown => {
    if (topic === "leave") {
      this.#door.onRequest(topic, body, index);
      return !this.#isOver;
    }
    const { token, abandoned } = body as Entry;
    this.#door.onRequest("enter", token, index);
    this.#told ||= abandoned;
    this.#entries.set(index, (this.#entries.get(index) ?? 0) + 1);
    return true;
  };

  /** Kills one who fights, and waits until each of the others has come in since. */
  async kill(victim: number): Promise<void> {
    await new Promise((resolve) => setTimeout(resolve, this.#random() * KILL_WITHIN_MS));
    this.#told = false;
    this.#dead.add(victim);
    // Whoever comes in before its end has been heard of does not come in beside a living holder.
    this.#door.excuse(victim);
    await this.#stage.crash(victim);
    const diedInside = this.#door.isInside(victim);
    this.#entries.clear();
    // Twice: the first of them may have been granted before the death.
    await this.#everyoneEnters(2, `after contender ${victim} was killed`);
    if (diedInside) expect(this.#told, "a death inside the section is told to one who comes after");
  }

  async #everyoneEnters(times: number, when: string): Promise<void> {
    const living = [...this.#stage.session.ids.keys()].filter((index) => !this.#dead.has(index));
    const missing = (): number[] =>
      living.filter((index) => (this.#entries.get(index) ?? 0) < times);
    await until(
      this.#stage.limitMs,
      `every contender that lives is granted ${when}`,
      () => missing().length === 0,
    );
  }

  async start(): Promise<void> {
    await this.#everyoneEnters(1, "at first");
  }

  end(): void {
    this.#isOver = true;
    this.#door.assertExclusive();
    if (this.#hasTokens) this.#door.assertTokensRise();
  }
}

async function fightOn(arena: Arena, lock: LockUnderTest, seed: number): Promise<void> {
  const stage = await arena.stage({ lock: { kind: lock.kind }, contenders: FIGHTERS, seed });
  const referee = new Referee(stage, seed, hasTokens(lock));
  const input: FightInput = { ways: waysOf(lock.guarantees), rounds: MOST_ROUNDS };
  const run = watch(
    stage.session.run<FightInput, number>(workloadUrl("fight"), input, {
      onRequest: referee.onRequest,
    }),
  );
  await referee.start();
  for (let victim = 0; victim < FIGHTERS - SURVIVORS; victim++) await referee.kill(victim);
  referee.end();
  const outcomes = await arena.within("the survivors end the fight", run.result);
  equal(
    outcomes.map(({ status }) => status),
    outcomes.map((_outcome, index) => (index < FIGHTERS - SURVIVORS ? "crashed" : "done")),
    "those that were not killed end by themselves",
  );
  const guard = await arena.acquire(stage.lock);
  await guard.markConsistent();
  await guard.release();
  await expectFree(arena, stage.lock, "after the fight");
  equal((await stage.lock.query()).waiters, 0, "nobody waits after the fight");
  await stage.session.close();
}

function endsInside(ending: Ending, way: Way): LockCase {
  return {
    name: `a holder that ends by ${ending} inside its section is survived, and told of as abandoned${way === "sync" ? ", taken with acquireSync" : ""}`,
    contenders: true,
    applies: (lock) => survivesOwner(lock) && (way === "async" || blocks(lock)),
    run: async (arena, lock) => {
      const stage = await arena.stage({ lock: { kind: lock.kind }, contenders: 2 });
      let token = 0;
      const inside = Promise.withResolvers<void>();
      const go = Promise.withResolvers<void>();
      const onRequest = async (_topic: string, body: unknown): Promise<void> => {
        token = Number(body);
        inside.resolve();
        await go.promise;
      };
      const run = watch(
        stage.run<EndInsideInput, void>("end-inside", { ending, way }, { onRequest }),
      );
      await arena.within("the first contender is inside", inside.promise);
      const entries: Entry[] = [];
      const enter = async (): Promise<void> => {
        const guard = await stage.lock.acquire();
        entries.push({ token: guard.token, abandoned: guard.abandoned });
        await guard.markConsistent();
        await guard.release();
      };
      const waiting = watch(Promise.all([enter(), enter(), enter()]));
      await stage.waiters(3);
      go.resolve();
      await arena.within("all who wait are granted", waiting.result);
      equal(
        entries.map(({ abandoned }) => abandoned),
        [true, false, false],
        "the first to come in is told abandoned, and nobody after markConsistent",
      );
      for (const entry of hasTokens(lock) ? entries : []) {
        expect(entry.token > token, `a token after the end is above ${token}`);
        token = entry.token;
      }
      equal((await run.result)[0]?.status, "crashed", "who ends inside is told of as crashed");
      await expectFree(arena, stage.lock, "after its holder's end");
    },
  };
}

/** Contenders that end all of a sudden: killed at random, or by their own doing inside a section. */
export const suddenEndCases: readonly LockCase[] = [
  {
    name: "contenders killed at random while all fight for the lock: every other one is granted after each",
    contenders: true,
    runtimes: true,
    applies: survivesOwner,
    run: async (arena, lock) => {
      const short = lock.unit === "process" ? FIGHTS / 2 : FIGHTS;
      const fights = arena.thorough ? THOROUGH_FIGHTS : short;
      for (let fight = 0; fight < fights; fight++) await fightOn(arena, lock, arena.seed + fight);
    },
  },
  endsInside("process.exit", "async"),
  endsInside("process.exit", "sync"),
  endsInside("uncaught throw", "async"),
  endsInside("unhandled rejection", "async"),
];
