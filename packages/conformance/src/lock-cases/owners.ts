import { dirname } from "node:path";
import type { Arena } from "../kit/arena.ts";
import { equal, expect, show } from "../kit/expect.ts";
import { until } from "../kit/limit.ts";
import { endProcess, isProcessOver } from "../kit/own-death.ts";
import { type RunningProgram, startProgram, temporaryDirectory } from "../kit/program.ts";
import { SectionLog } from "../kit/section-log.ts";
import { workloadUrl } from "../kit/workload-url.ts";
import type { OwnSessionInput } from "../programs/own-session.ts";
import type { LogSectionsInput } from "../workloads/log-sections.ts";
import { expectWholeJournal } from "../store-cases/store-case.ts";
import { hasTokens, type LockCase, type LockUnderTest, servesProcesses } from "./lock-case.ts";

const CONTENDERS = 3;
/** More than are sold before an owner is killed. */
const CAPACITY = 400;
const MANY = 1_000_000;

/** A session whose owner is a process of its own, and what its contenders note. */
class Family {
  readonly log: SectionLog;
  readonly ids: readonly number[];
  readonly owner: RunningProgram;
  readonly #arena: Arena;

  private constructor(arena: Arena, log: SectionLog, owner: RunningProgram, ids: number[]) {
    this.#arena = arena;
    this.log = log;
    this.owner = owner;
    this.ids = ids;
  }

  static async start(
    arena: Arena,
    { kind, storeKind, program }: LockUnderTest,
    log: SectionLog,
    store: Partial<Pick<OwnSessionInput, "storeKind" | "storePath" | "capacity">> = {},
    run = "first",
  ): Promise<Family> {
    const input: OwnSessionInput = {
      contenders: CONTENDERS,
      lockKind: kind,
      storeKind: storeKind!,
      capacity: MANY,
      ...store,
      log: log.path,
      gate: log.gatePath,
      run,
    };
    const owner = await startProgram("own-session", program, [JSON.stringify(input)]);
    arena.defer(() => owner.end());
    const line = await arena.within(
      "the session's owner tells who its contenders are",
      Promise.race([owner.firstLine, owner.ended.then(({ stderr }) => stderr)]),
    );
    expect(line.startsWith("["), `the session opens in a process of its own (${show(line)})`);
    const ids = JSON.parse(line) as number[];
    arena.defer(() => ids.forEach(endProcess));
    return new Family(arena, log, owner, ids);
  }

  /** Waits until every contender of `who` has noted such a thing so often since the note of this number. */
  async noted(
    what: (what: string) => boolean,
    promise: string,
    { since = 0, times = 2, but = -1 } = {},
  ): Promise<void> {
    await until(this.#arena.limitMs, promise, () =>
      this.log
        .counts(CONTENDERS, since, what)
        .every((count, index) => index === but || count >= times),
    );
  }

  /** Kills the owner; its contenders must end with it. */
  async orphan(): Promise<void> {
    this.owner.signal("SIGKILL");
    await this.#arena.within("the owner is gone", this.owner.ended);
    await until(this.#arena.limitMs, "the contenders of an owner that was killed end", () =>
      this.ids.every((id) => isProcessOver(id)),
    );
  }
}

const entered = (what: string): boolean => what === "enter";
const late = (what: string): boolean => what === "LOCK_TIMEOUT";

async function scratchLog(arena: Arena): Promise<SectionLog> {
  const directory = await temporaryDirectory();
  arena.defer(() => directory.remove());
  return new SectionLog(directory.path);
}

const hasOwner = (lock: LockUnderTest): boolean =>
  servesProcesses(lock) && lock.storeKind !== undefined;

/** What becomes of contenders when the process that started them dies, stands still, or is started again. */
export const ownerCases: readonly LockCase[] = [
  {
    name: "contenders whose owner is killed end with it, and no two are inside meanwhile",
    contenders: true,
    applies: hasOwner,
    run: async (arena, lock) => {
      const family = await Family.start(arena, lock, await scratchLog(arena));
      await family.noted(entered, "every contender comes in");
      await family.orphan();
      family.log.assertExclusive();
    },
  },
  {
    name: "contenders whose owner stands still time out or are granted, never two at once, and all are granted when it goes on",
    contenders: true,
    applies: hasOwner,
    run: async (arena, lock) => {
      const log = await scratchLog(arena);
      const family = await Family.start(arena, lock, log);
      await family.noted(entered, "every contender comes in");
      log.closeGate();
      await until(
        arena.limitMs,
        "one is inside and stays there",
        () => log.staying() !== undefined,
      );
      family.owner.signal("SIGSTOP");
      const inside = log.staying()!;
      const since = log.notes().length;
      await family.noted(late, "who waits while the owner stands still times out", {
        since,
        but: inside,
      });
      const those = log.counts(CONTENDERS, since, entered);
      equal(those, [0, 0, 0], "nobody comes in while one is inside");
      log.openGate();
      family.owner.signal("SIGCONT");
      const later = log.notes().length;
      await family.noted(entered, "every contender comes in when the owner goes on", {
        since: later,
      });
      const failures = log
        .notes()
        .filter(({ what }) => !["enter", "stay", "leave", "sold", "LOCK_TIMEOUT"].includes(what));
      equal(failures, [], "nobody fails but by time-outs");
      log.assertExclusive();
      await family.orphan();
    },
  },
  {
    name: "a session after one whose owner was killed goes on with its store: every sale that was told stands, nothing is sold twice, tokens rise",
    contenders: true,
    applies: (lock) => hasOwner(lock) && hasTokens(lock) && lock.lastingStoreKind !== undefined,
    run: async (arena, lock) => {
      const storeKind = lock.lastingStoreKind!;
      const log = await scratchLog(arena);
      const directory = await temporaryDirectory();
      arena.defer(() => directory.remove());
      const storePath = `${directory.path}/tickets`;
      const store = { storeKind, storePath, capacity: CAPACITY };
      const sold = (what: string): boolean => what === "sold";
      for (const run of ["first", "second"]) {
        const since = log.notes().length;
        const family = await Family.start(arena, lock, log, store, run);
        await family.noted(sold, "every contender sells", { since });
        await family.orphan();
      }
      const stage = await arena.stage({
        lock: { kind: lock.kind },
        writes: [dirname(log.path)],
        store: { kind: storeKind, options: { capacity: CAPACITY, path: storePath } },
      });
      await stage.session.run<LogSectionsInput, void>(workloadUrl("log-sections"), {
        log: log.path,
        gate: log.gatePath,
        run: "third",
      });
      const told = log.notes().filter(({ what }) => what === "sold");
      const tokens = told.map(({ more }) => Number(more[0]));
      expect(
        tokens.every((token, i) => i === 0 || token > tokens[i - 1]!),
        "tokens rise over all sessions",
      );
      const sales = await expectWholeJournal(stage.store, "after all sessions");
      equal((await stage.store.read()).remaining, 0, "the last session sells what is left");
      const orders = new Set(sales.map(({ order }) => order));
      const lost = told.map(({ more }) => more[1]!).filter((id) => !orders.has(id));
      equal(lost, [], "every sale that was told is in the journal");
    },
  },
];
