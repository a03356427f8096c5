import type { Contender, Launcher, Lock } from "@ticketlock/core";
import { type DeathPoint, Failpoints, type OperationCounts } from "../kit/failpoints.ts";
import { dieHere } from "../kit/own-death.ts";
import { take, type Way } from "../kit/taking.ts";

export interface DieAtPointInput {
  readonly unit: Launcher["unit"];
  /** In which call the victim dies. */
  readonly during: "acquire" | "release";
  /** Where in it; undefined: its operations are only counted. */
  readonly point: DeathPoint | undefined;
  readonly victim: number;
  readonly way: Way;
  /** The others come when it is in line; else all come at once. */
  readonly victimFirst: boolean;
  /** So many contenders, the first ones, wait for the lock meanwhile, in these ways. The rest stands by. */
  readonly witnesses: number;
  readonly witnessWays: readonly Way[];
}

/** What a contender tells its owner when it has come in. */
export interface Entry {
  readonly token: number;
  readonly abandoned: boolean;
}

/** The victim dies at a point of its acquire or release while others wait; which operations it took if it lives. */
export default async function dieAtPoint(
  contender: Contender,
  input: DieAtPointInput,
): Promise<OperationCounts> {
  const { index } = contender;
  if (index === input.victim) {
    const failpoints = new Failpoints(input.point, () => dieHere(contender, input.unit));
    if (input.during === "acquire") await acquireAndDie(contender, input, failpoints);
    else await releaseAndDie(contender, input, failpoints);
    return failpoints.counts;
  }
  if (index < input.witnesses) {
    await contender.meet("held");
    if (input.during === "acquire" && input.victimFirst)
      await contender.channel.request("behind the victim", index);
    const way = input.witnessWays[index % input.witnessWays.length]!;
    const guard = await take(contender.lock(), way, 0);
    await pass(contender, guard);
    await guard.release();
  }
  return {};
}

async function acquireAndDie(
  contender: Contender,
  { way }: DieAtPointInput,
  failpoints: Failpoints,
): Promise<void> {
  const lock = contender.lock();
  await contender.meet("held");
  failpoints.install();
  failpoints.reach("at the call");
  const acquired = take(lock, way, 0);
  failpoints.reach("on return");
  const guard = await acquired;
  failpoints.remove();
  await pass(contender, guard);
  await guard.release();
}

async function releaseAndDie(
  contender: Contender,
  { way }: DieAtPointInput,
  failpoints: Failpoints,
): Promise<void> {
  const guard = await take(contender.lock(), way, 0);
  await contender.channel.request("enter", entry(guard));
  if (guard.abandoned) await guard.markConsistent();
  await contender.meet("held");
  // The owner answers when the others wait.
  await contender.channel.request("leave", guard.token);
  failpoints.install();
  failpoints.reach("at the call");
  const released = guard.release();
  failpoints.reach("on return");
  await released;
  failpoints.remove();
}

type Guard = Awaited<ReturnType<Lock["acquire"]>>;

/** Enters, puts right what somebody who died may have left, and goes out. */
async function pass(contender: Contender, guard: Guard): Promise<void> {
  await contender.channel.request("enter", entry(guard));
  if (guard.abandoned) await guard.markConsistent();
  await contender.channel.request("leave", guard.token);
}

function entry({ token, abandoned }: Guard): Entry {
  return { token, abandoned };
}
