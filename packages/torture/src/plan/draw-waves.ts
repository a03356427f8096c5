import type { DeathPoint } from "@ticketlock/conformance/kit";
import type { Cast, LockKind } from "./cast.ts";
import type { Draw } from "./draw.ts";
import type { FaultName } from "./faults.ts";
import type { Ending, Injection, Wave } from "./round-plan.ts";

/** Who is drawn for. */
interface Players {
  readonly cast: Cast;
  readonly contenders: number;
  /** Undefined: no lock has a part in it. */
  readonly lock: LockKind | undefined;
}

const HOUR_MS = 3_600_000;
const YEAR_MS = 365 * 24 * HOUR_MS;
const JUMPS_MS: readonly number[] = [HOUR_MS, -HOUR_MS, YEAR_MS, -YEAR_MS];
/** Longest stretches before and after something happens. */
const BEFORE_MS = 25;
const AFTER_MS = 12;
/** Longest time for which somebody is stopped. */
const STOP_MS = 120;
/** Something else happens as well in so large a share of the waves. */
const EXTRA_SHARE = 0.15;
/** For so long an owner's thread is blocked: whoever waits must not wait for it. */
const BLOCK_MS = 4_000;

/** What happens to a round's contenders, wave by wave. */
export function drawWaves(draw: Draw, fault: FaultName, players: Players): Wave[] {
  const main = drawMain(draw, fault, players);
  return main.map((injection) => {
    const extra = draw.chance(EXTRA_SHARE) ? drawExtra(draw, players) : undefined;
    return {
      beforeMs: draw.whole(1, BEFORE_MS),
      afterMs: draw.whole(1, AFTER_MS),
      injections: [extra, injection].filter((one) => one !== undefined),
    };
  });
}

/** One for each wave; the last wave is often one in which nothing happens, and the survivors go on. */
function drawMain(draw: Draw, fault: FaultName, players: Players): (Injection | undefined)[] {
  const { contenders, cast, lock } = players;
  const victims = draw.some(mortals(contenders), draw.whole(Math.min(2, contenders - 1), 4));
  const each = (one: (victim: number) => Injection): (Injection | undefined)[] => [
    ...victims.map(one),
    ...(draw.chance(0.5) ? [undefined] : []),
  ];
  const ending = (how: () => Ending) => (victim: number): Injection => ({ what: "end", victim, how: how(), operation: draw.whole(0, 12) }); // prettier-ignore
  switch (fault) {
    case "kill":
    case "kill-writing":
      return each((victim) => ({ what: "kill", victim, aims: draw.chance(0.7), blockMs: 0 }));
    case "terminate":
      return each((victim) => ({ what: "terminate", victim, aims: draw.chance(0.7), blockMs: draw.chance(0.05) ? BLOCK_MS : 0 })); // prettier-ignore
    case "stop":
      return each((victim) => drawStop(draw, victim));
    case "throw":
      return each(ending(() => (draw.chance(0.5) ? "throw" : "rejection")));
    case "exit":
      return each(ending(() => "exit"));
    case "memory": {
      // The owner's runtime alone is started with a small heap.
      const own = victims.filter((index) => index % cast.runtimes.length === 0);
      return (own.length > 0 ? own.slice(0, 2) : [0]).map(ending(() => "memory"));
    }
    case "point":
      return each((victim) => drawPoint(draw, victim, lock));
    case "clock":
      return [drawClock(draw, contenders), drawClock(draw, contenders), undefined];
    case "messages":
      return [0, 1].map(() => ({ what: "messages", attacker: contenders - 1, count: draw.whole(500, 4_000) })); // prettier-ignore
    case "line-up":
      return Array.from({ length: draw.whole(2, 5) }, () => drawDeathInLine(draw, players));
    case "owner-kill":
      return [undefined, { what: "owner-kill" }];
    case "owner-stop":
      return [0, 1].map(() => ({ what: "owner-stop", forMs: draw.whole(5, 2 * STOP_MS) }));
    default:
      return Array.from({ length: draw.whole(1, 4) }, () => undefined);
  }
}

/** Everybody but the first, so that one is left to tell of it. */
function mortals(contenders: number): number[] {
  return Array.from({ length: contenders - 1 }, (_item, i) => i + 1);
}

/** Nobody, or one that waits and is killed, or the first in line or the holder at a point of its call. */
function drawDeathInLine(draw: Draw, { contenders, lock }: Players): Injection | undefined {
  const victim = draw.whole(0, contenders - 1);
  if (draw.chance(0.25)) return undefined;
  if (draw.chance(0.2)) return { what: "kill", victim, aims: false, blockMs: 0 };
  return drawPoint(draw, victim, lock);
}

function drawExtra(draw: Draw, { cast, contenders }: Players): Injection {
  if (cast.unit === "thread" || draw.chance(0.5)) return drawClock(draw, contenders);
  return drawStop(draw, draw.whole(0, contenders - 1));
}

function drawStop(draw: Draw, victim: number): Injection {
  return { what: "stop", victim, aims: draw.chance(0.7), forMs: draw.whole(1, STOP_MS) };
}

function drawClock(draw: Draw, contenders: number): Injection {
  const jumpsMs = Array.from({ length: contenders }, () => draw.one([0, ...JUMPS_MS]));
  return { what: "clock", jumpsMs, ownerMs: draw.one(JUMPS_MS) };
}

/** Where locks are taken and given back first of all; then what else they do. */
const DECIDING = ["compareExchange", "store", "exchange"] as const;
const DECIDING_SHARE = 0.7;
const OPERATIONS = ["load", "add", "sub", "or", "and", "notify", "wait", "waitAsync"] as const;
const MOST_OPERATIONS = 8;

/** Atomic operations are points of locks in memory alone, those whose waiters can block: others take messages and files. */
function drawPoint(draw: Draw, victim: number, lock: LockKind | undefined): Injection {
  const during = draw.one(["acquire", "release"] as const);
  const point: DeathPoint = draw.chance(lock?.guarantees.blocking === true ? 0.2 : 1)
    ? { moment: draw.one(["at the call", "on return"] as const), nth: 0 }
    : {
        moment: draw.one(["before", "after"] as const),
        operation: draw.chance(DECIDING_SHARE) ? draw.one(DECIDING) : draw.one(OPERATIONS),
        // A release takes two or three.
        nth: draw.chance(0.6) ? draw.whole(1, 2) : draw.whole(1, MOST_OPERATIONS),
      };
  return { what: "point", victim, during, point, operation: draw.whole(0, 12) };
}
