import { existsSync } from "node:fs";
import { type Contender, isBlockingLock, type Launcher } from "@ticketlock/core";
import { Dying, type PointOfDeath } from "../contender/dying.ts";
import { HistoryFiles } from "../contender/history-files.ts";
import { clientName, lockName } from "../contender/names.ts";
import { pause } from "../contender/pausing.ts";
import { lookSeldom, ownAdapter } from "../contender/seldom-looks.ts";
import { describe } from "../contender/selling.ts";

/** Topic on which a contender asks whether it may come to the line. */
export const TURN_TOPIC = "torture:turn";
export interface LineUpInput {
  readonly folder: string;
  readonly phase: string;
  readonly unit: Launcher["unit"];
  /** Who blocks its thread while it waits, where the lock can; the others await. */
  readonly blocking: readonly boolean[];
  /** What its victim dies of in this line. */
  readonly death: PointOfDeath | null;
  /** By its presence a victim that holds the lock is told to let go. */
  readonly leaveFile: string;
  /** Modules of the adapters, where waiters are to look seldom. */
  readonly looksSeldom: readonly string[];
}

let files: HistoryFiles | undefined;

/** Waits once for the lock, when the owner lets it come, and gives it back; or dies on the way. */
export default async function lineUp(contender: Contender, input: LineUpInput): Promise<void> {
  const { folder, phase, unit, blocking } = input;
  const { index } = contender;
  const own = (files ??= new HistoryFiles({
    folder,
    client: clientName(phase, index),
    lockName: lockName(phase),
    nowNs: () => contender.nowNs(),
  }));
  await lookSeldom(ownAdapter(input.looksSeldom, index));
  const death = input.death?.victim === index ? input.death : undefined;
  const dying = new Dying(contender, unit, own);
  const lock = contender.lock();
  const perhapsDie = <T>(during: "acquire" | "release", call: () => Promise<T>): Promise<T> =>
    death?.during === during ? dying.call(death, false, call) : call();
  // The one that is to die is the first of all, so that it is the one to be woken.
  if (death === undefined) await contender.channel.request(TURN_TOPIC, index);
  const call = own.lockCall("acquire");
  try {
    const blocks = isBlockingLock(lock) && blocking[index] === true;
    const guard = await perhapsDie("acquire", async () =>
      blocks ? lock.acquireSync() : lock.acquire(),
    );
    const { token, abandoned } = guard;
    if (abandoned) own.note({ what: "abandoned", token });
    call.returned({ token });
    // Requests are answered one after the other: nobody else could come while this one waited for an answer.
    if (death?.during === "release") while (!existsSync(input.leaveFile)) await pause(1);
    const release = own.lockCall("release", { token });
    await perhapsDie("release", async () => guard.release());
    release.returned();
  } catch (error) {
    own.note({ what: "failed", call: "acquire", error: describe(error) });
  }
}
