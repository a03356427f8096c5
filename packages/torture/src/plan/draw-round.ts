import { Draw } from "./draw.ts";
import { drawWaves } from "./draw-waves.ts";
import type { Cast, LockKind, StoreKind } from "./cast.ts";
import { type Combination, combinationsOf, type FaultName, faultNames, faults } from "./faults.ts";
import type { RoundPlan, Style, Wave } from "./round-plan.ts";

/** Large odd numbers (of splitmix and of MurmurHash3) that keep rounds of neighbouring seeds and numbers apart. */
const SEED_STEP = 0x9e3779b1;
const ROUND_STEP = 0x85ebca6b;

const LARGEST_SEED = 2 ** 31 - 1;
/** Shares of rounds that sell, where they need not, and that pause between atomic operations. */
const SALE_SHARE = 0.6;
const PAUSES_SHARE = 0.3;
/** Share of rounds in which waiters do not look by themselves, of those in which they need not. */
const SELDOM_SHARE = 0.8;
/** Who ends by itself, or with its owner, may have to wait for what sleeps in the kernel besides: until that looks. */
const NEEDS_LOOKS: ReadonlySet<FaultName> = new Set<FaultName>(["throw", "exit", "memory", "owner-kill"]); // prettier-ignore
/** Share of rounds whose store has little room, and how much at most. */
const FULL_SHARE = 0.2;
const MOST_ROOM = 40;
const MOST_TOKENS_ABOVE = 1_000;
/** Faults that strike from outside at some time: mostly they are to find a holder. */
const STRIKING: ReadonlySet<FaultName> = new Set<FaultName>(["kill", "stop", "terminate"]);
const LINGERS_SHARE = 0.75;

/**
 * The round of that number. A run's selection leaves rounds out, and does not change them: so seed and
 * number are all that is needed to play one again, as long as the workspace has the same adapters,
 * locks and stores.
 */
export function drawRound(seed: number, round: number, casts: readonly Cast[]): RoundPlan {
  const draw = new Draw((Math.imul(seed + 1, SEED_STEP) ^ Math.imul(round + 1, ROUND_STEP)) | 0);
  const possible = faultNames.filter(
    (name) => faults[name].run === "images" || combinationsOf(name, casts).length > 0,
  );
  return drawFault(draw, draw.one(possible), { seed, round, casts });
}

function drawFault(
  draw: Draw,
  fault: FaultName,
  { seed, round, casts }: { seed: number; round: number; casts: readonly Cast[] },
): RoundPlan {
  const { run } = faults[fault];
  const sessionSeed = draw.whole(0, LARGEST_SEED);
  if (run === "images") return { ...nobody(seed, round, fault), sessionSeed };
  const combination = draw.one(combinationsOf(fault, casts));
  const { cast, lock } = combination;
  const style = drawStyle(draw, fault, combination);
  const atomic = combination.stores.filter(({ guarantees }) => guarantees.atomic);
  const store =
    style === "section"
      ? undefined
      : drawStore(draw, style === "atomic" ? atomic : combination.stores);
  const contenders = drawContenders(draw, fault, cast);
  const pauses = draw.chance(PAUSES_SHARE);
  const lingers = draw.chance(STRIKING.has(fault) ? LINGERS_SHARE : 0);
  const capacity = draw.chance(0.3) ? draw.whole(1, 60) : draw.whole(400, 3_000);
  const waves = drawWaves(draw, fault, { cast, contenders, lock });
  return {
    seed,
    round,
    fault,
    cast: cast.name,
    lock: lock?.kind ?? null,
    store: store?.kind ?? null,
    style,
    contenders,
    sessionSeed,
    capacity,
    pauses,
    lingers,
    looksSeldom: drawLooksSeldom(draw, fault, { lock, waves }),
    ...drawBounds(draw, fault, store),
    waves,
  };
}

function nobody(seed: number, round: number, fault: FaultName): Omit<RoundPlan, "sessionSeed"> {
  return { seed, round, fault, cast: "", lock: null, store: null, style: "section", contenders: 0, capacity: 0, pauses: false, lingers: false, looksSeldom: false, room: null, tokensAbove: 0, waves: [] }; // prettier-ignore
}

function drawStyle(draw: Draw, fault: FaultName, { lock, stores }: Combination): Style {
  const isAtomic = stores.some(({ guarantees }) => guarantees.atomic);
  const sells = draw.chance(SALE_SHARE);
  if (lock === undefined) return "atomic";
  if (faults[fault].needsStore === true) return "sale";
  // A thread that was ended and runs on writes to whatever has no fence.
  if (fault === "terminate" && lock.guarantees.ownerDeath === "lost" && stores.length > 0)
    return "sale";
  if (!sells || stores.length === 0) return "section";
  return fault === "none" && isAtomic && draw.chance(0.3) ? "atomic" : "sale";
}

/** Where a store is opened again, all is to come from the store. */
function drawBounds(
  draw: Draw,
  fault: FaultName,
  store: StoreKind | undefined,
): Pick<RoundPlan, "room" | "tokensAbove"> {
  const isFull = draw.chance(FULL_SHARE);
  const room = draw.whole(1, MOST_ROOM);
  const tokensAbove = draw.whole(1, MOST_TOKENS_ABOVE);
  if (faults[fault].run !== "session" || fault === "kill-writing") return { room: null, tokensAbove: 0 }; // prettier-ignore
  return { room: isFull && store?.guarantees.journal === true ? room : null, tokensAbove };
}

function drawLooksSeldom(
  draw: Draw,
  fault: FaultName,
  { lock, waves }: { lock: LockKind | undefined; waves: readonly Wave[] },
): boolean {
  // A holder that dies while its owner's thread is blocked is found by a look alone.
  const blocks = waves.some(({ injections }) => injections.some((one) => "blockMs" in one && one.blockMs > 0)); // prettier-ignore
  return draw.chance(SELDOM_SHARE) && lock !== undefined && !NEEDS_LOOKS.has(fault) && !blocks;
}

/** The naive file now and then; those that promise something are what is to be tried. */
function drawStore(draw: Draw, stores: readonly StoreKind[]): StoreKind | undefined {
  if (stores.length === 0) return undefined;
  const sound = stores.filter(({ guarantees }) => guarantees.journal);
  return draw.one(sound.length > 0 && draw.chance(0.9) ? sound : stores);
}

/** Two to six; enough that somebody is left, and of each runtime one. */
function drawContenders(draw: Draw, fault: FaultName, { runtimes }: Cast): number {
  const least = fault === "messages" || fault === "point" || fault === "line-up" ? 3 : 2;
  return draw.whole(Math.max(least, runtimes.length), 6);
}
