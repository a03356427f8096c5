import type { Guard, Outcome, RunOptions } from "@ticketlock/core";
import type { Arena } from "../kit/arena.ts";
import { Doorkeeper } from "../kit/doorkeeper.ts";
import { equal, expect } from "../kit/expect.ts";
import {
  type DeathPoint,
  describePoint,
  type OperationCounts,
  pointsOf,
  samplePoints,
} from "../kit/failpoints.ts";
import { until, type Watched, watch } from "../kit/limit.ts";
import { DIES_TOPIC, isProcessGone } from "../kit/own-death.ts";
import { randomFrom } from "../kit/random.ts";
import { type Stage, valueOf } from "../kit/stage.ts";
import { type Way, waysOf } from "../kit/taking.ts";
import type { DieAtPointInput, Entry } from "../workloads/die-at-point.ts";
import { expectFree } from "./guards.ts";
import {
  blocks,
  hasTokens,
  type LockCase,
  type LockUnderTest,
  survivesOwner,
} from "./lock-case.ts";

/** Contenders that wait while another dies. */
const WITNESSES = 2;
/** Points that are tried of each call unless all are asked for. Each costs a thread or process. */
const SAMPLE = 16;
/** Contenders that may die, in one session: in a long one, whatever a lock starts late is there before most of them do. */
const VICTIMS = SAMPLE;

/** In which call the victim dies, and how it waits. */
type Call = Pick<DieAtPointInput, "during" | "way">;

/** What became of one victim, and who came in around it. */
interface End {
  readonly counts: OperationCounts;
  readonly died: boolean;
  readonly entries: Entry[];
}

/** Lets one contender after the other die at the points of a call, and looks at what becomes of the others. */
class DeathRow {
  readonly #arena: Arena;
  readonly #lock: LockUnderTest;
  readonly #call: Call;
  #stage: Stage | undefined;
  #victim = WITNESSES;
  #door = new Doorkeeper();
  #tries = 0;
  #sentItsDeath = false;
  /** Deaths that came to pass: a call may take fewer operations than the last time. */
  deaths = 0;

  constructor(arena: Arena, lock: LockUnderTest, call: Call) {
    this.#arena = arena;
    this.#lock = lock;
    this.#call = call;
  }

  /** Counts what the call takes while nobody dies. */
  async dryRun(): Promise<OperationCounts> {
    return (await this.#play(undefined)).counts;
  }

  /** Lets the next contender die at a point; what it lives to count is no matter. */
  async dieAt(point: DeathPoint): Promise<void> {
    const { died, entries } = await this.#play(point);
    const where = `${this.#call.during} (${describePoint(point)})`;
    const told = entries.some(({ abandoned }) => abandoned);
    if (!died) expect(!told, `nobody is told abandoned where nobody died, in ${where}`);
    else if (this.#diedInside(point))
      expect(told, `a death inside the section is told to one who comes after, in ${where}`);
    if (!died) return;
    this.deaths++;
    this.#victim++;
  }

  async close(): Promise<void> {
    await this.#stage?.session.close();
    this.#stage = undefined;
  }

  /** True where the victim surely held the lock and had not begun to give it back. */
  #diedInside({ moment }: DeathPoint): boolean {
    const { during, way } = this.#call;
    return during === "release"
      ? moment === "at the call"
      : moment === "on return" && way === "sync";
  }

  async #play(point: DeathPoint | undefined): Promise<End> {
    const stage = await this.#nextStage();
    const victim = this.#victim;
    const entries: Entry[] = [];
    const isContended = this.#call.during === "acquire";
    const held = isContended ? await this.#arena.acquire(stage.lock) : undefined;
    if (held !== undefined) this.#door.tokens.push(held.token);
    const run = watch(
      stage.run<DieAtPointInput, OperationCounts>(
        "die-at-point",
        this.#inputOf(point),
        this.#hooksOf(stage, entries),
      ),
    );
    let owner: Watched<void> | undefined;
    if (held !== undefined) {
      const inLine = async (): Promise<boolean> =>
        (await stage.lock.query()).waiters >= WITNESSES + (this.#isDead(stage) ? 0 : 1);
      await until(
        this.#arena.limitMs,
        "everyone who lives is in line",
        async () => run.settled || inLine(),
      );
      owner = watch(this.#enterAsWell(stage, entries));
      await held.release();
    }
    const outcomes = await run.result;
    await this.#arena.within("the owner, who waited too, is granted", owner?.result);
    for (let index = 0; index < WITNESSES; index++)
      equal(outcomes[index]?.status, "done", `witness ${index} is granted although another died`);
    this.#door.assertExclusive();
    if (hasTokens(this.#lock)) this.#door.assertTokensRise();
    await this.#expectClean(stage, entries);
    return endOf(outcomes[victim]!, entries);
  }

  #inputOf(point: DeathPoint | undefined): DieAtPointInput {
    return {
      ...this.#call,
      unit: this.#lock.unit!,
      point,
      victim: this.#victim,
      // First in line it is the one to be woken; but once in a while others are.
      victimFirst: this.#tries++ % 3 !== 2,
      witnesses: WITNESSES,
      witnessWays: waysOf(this.#lock.guarantees),
    };
  }

  /** What the owner does for the contenders: lets them come in order, keeps the door, ends the victim. */
  #hooksOf(stage: Stage, entries: Entry[]): Pick<RunOptions, "onRequest" | "onSend"> {
    const victim = this.#victim;
    this.#sentItsDeath = false;
    const onRequest = async (topic: string, body: unknown, index: number): Promise<void> => {
      if (topic === "behind the victim") return this.#victimInLine(stage);
      if (topic === "leave") {
        if (index === victim && this.#call.during === "release") await stage.waiters(WITNESSES);
        return this.#door.onRequest(topic, body, index);
      }
      const entry = body as Entry;
      entries.push(entry);
      this.#door.onRequest("enter", entry.token, index);
    };
    const onSend = (topic: string): void => {
      if (topic !== DIES_TOPIC) return;
      this.#sentItsDeath = true;
      void stage.session.crash(victim);
    };
    return { onRequest, onSend };
  }

  #victimInLine(stage: Stage): Promise<void> {
    return until(
      this.#arena.limitMs,
      "the victim is in line or dead",
      async () => this.#isDead(stage) || (await stage.lock.query()).waiters > 0,
    );
  }

  #isDead({ session }: Stage): boolean {
    if (this.#sentItsDeath) return true;
    return this.#lock.unit === "process" && isProcessGone(session.ids[this.#victim]!);
  }

  async #enterAsWell(stage: Stage, entries: Entry[]): Promise<void> {
    const guard = await stage.lock.acquire();
    this.#door.tokens.push(guard.token);
    entries.push({ token: guard.token, abandoned: guard.abandoned });
    await this.#putRight(guard);
  }

  /** The lock is as it was before, but for a death that nobody has had to answer for yet. */
  async #expectClean(stage: Stage, entries: Entry[]): Promise<void> {
    await until(
      this.#arena.limitMs,
      "nobody waits any more, the dead included",
      async () => (await stage.lock.query()).waiters === 0,
    );
    // Who came last may have died inside: whoever comes next is told and puts that right.
    await this.#arena.within("acquire() is granted", this.#enterAsWell(stage, entries));
    await expectFree(this.#arena, stage.lock, "after a death");
    const { held, abandoned } = await stage.lock.query();
    equal({ held, abandoned }, { held: false, abandoned: false }, "the lock is free and sound");
  }

  async #putRight(guard: Guard): Promise<void> {
    if (guard.abandoned) await guard.markConsistent();
    await guard.release();
  }

  async #nextStage(): Promise<Stage> {
    if (this.#stage !== undefined && this.#victim < this.#stage.count) return this.#stage;
    await this.close();
    this.#victim = WITNESSES;
    this.#door = new Doorkeeper();
    const lock = { kind: this.#lock.kind };
    return (this.#stage = await this.#arena.stage({ lock, contenders: WITNESSES + VICTIMS }));
  }
}

function endOf(outcome: Outcome<OperationCounts>, entries: Entry[]): End {
  if (outcome.status === "crashed") return { counts: {}, died: true, entries };
  const counts = valueOf(outcome, "the victim dies, or is granted");
  return { counts, died: false, entries };
}

async function dieEverywhere(arena: Arena, lock: LockUnderTest, call: Call): Promise<void> {
  const row = new DeathRow(arena, lock, call);
  const all = pointsOf(await row.dryRun());
  const points = arena.thorough ? all : samplePoints(all, SAMPLE, randomFrom(arena.seed));
  for (const point of points) await row.dieAt(point);
  // At the call and on return are reached whatever the lock does.
  expect(row.deaths >= 2, `contenders died where they were to, but only ${row.deaths} did`);
  await row.close();
}

function deathIn(during: Call["during"], way: Way): LockCase {
  const call = during === "release" ? "release" : way === "sync" ? "acquireSync" : "acquire";
  return {
    name: `a contender that dies at any step of ${call} costs nobody a grant`,
    contenders: true,
    applies: (lock) => survivesOwner(lock) && (way === "async" || blocks(lock)),
    run: (arena, lock) => dieEverywhere(arena, lock, { during, way }),
  };
}

/** Deaths at named points: before and after each atomic operation of a call, while others wait. */
export const deathPointCases: readonly LockCase[] = [
  deathIn("acquire", "async"),
  deathIn("acquire", "sync"),
  deathIn("release", "async"),
];
