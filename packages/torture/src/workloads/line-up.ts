import { type Contender, isBlockingLock } from "@ticketlock/core";
import { HistoryFiles } from "../contender/history-files.ts";
import { clientName, lockName } from "../contender/names.ts";
import { describe } from "../contender/selling.ts";

/** Topic on which a contender asks whether it may come to the line. */
export const TURN_TOPIC = "torture:turn";

export interface LineUpInput {
  readonly folder: string;
  readonly phase: string;
  /** Of this many lines, the number. */
  readonly line: number;
  /** Who blocks its thread while it waits, where the lock can; the others await. */
  readonly blocking: readonly boolean[];
}

let files: HistoryFiles | undefined;

/** Waits once for the lock, when the owner lets it come, and gives it back. */
export default async function lineUp(
  contender: Contender,
  { folder, phase, blocking }: LineUpInput,
): Promise<void> {
  const { index } = contender;
  const own = (files ??= new HistoryFiles({
    folder,
    client: clientName(phase, index),
    lockName: lockName(phase),
    nowNs: () => contender.nowNs(),
  }));
  const lock = contender.lock();
  await contender.channel.request(TURN_TOPIC, index);
  const call = own.lockCall("acquire");
  try {
    const blocks = isBlockingLock(lock) && blocking[index] === true;
    const guard = blocks ? lock.acquireSync() : await lock.acquire();
    const { token, abandoned } = guard;
    if (abandoned) own.note({ what: "abandoned", token });
    call.returned({ token });
    const release = own.lockCall("release", { token });
    await guard.release();
    release.returned();
  } catch (error) {
    own.note({ what: "failed", call: "acquire", error: describe(error) });
  }
}
