import type { Contender } from "@ticketlock/core";
import type { Draw } from "../plan/draw.ts";
import type { HistoryFiles } from "./history-files.ts";
import { hostileMessage } from "./hostile-messages.ts";
import { Eavesdropping } from "./overheard.ts";
import { lastWords, rawChannel } from "./raw-channel.ts";

/** Topic on which an attacker asks for an answer: its owner has read all that was sent before. */
export const HEARD_TOPIC = "torture:heard";

/** An answer is awaited after so many, so that what is answered is read, and what was sent has come. */
const ANSWER_EACH = 32;
const LAST_WORDS_SHARE = 0.25;
/** For so long an attacker waits for the lock, to learn what a grant looks like. */
const GRANT_LIMIT_MS = 1_000;

/**
 * Sends so many hostile messages by whatever channel this contender's process or thread has, and notes how many
 * its owner has read: it may end the attacker for one.
 */
export async function attack(
  contender: Contender,
  files: HistoryFiles,
  count: number,
  draw: Draw,
): Promise<void> {
  const { channel } = contender;
  const overheard = new Eavesdropping();
  overheard.listen();
  await learn(contender, files, overheard);
  const raw = rawChannel(channel);
  let sent = 0;
  for (let i = 1; i <= count; i++) {
    const message = hostileMessage(draw, overheard);
    try {
      // Within the protocol as well: a topic and a body that nobody asked for.
      if (draw.chance(0.1)) channel.send(`hostile ${i % 7}`, message);
      else await raw.send(message);
      sent++;
    } catch {
      // It cannot be sent at all, or was not.
    }
    if (i % ANSWER_EACH !== 0 && i < count) continue;
    await channel.request(HEARD_TOPIC, i);
    files.note({ what: "sent", messages: sent });
    sent = 0;
  }
  if (raw.lastWords === undefined || !draw.chance(LAST_WORDS_SHARE)) return;
  files.note({ what: "sent", messages: 1 });
  raw.lastWords(draw.one(lastWords));
}

/** Holds the lock once, as everybody does: what is answered then, and the handle, tell how to forge. */
async function learn(
  contender: Contender,
  files: HistoryFiles,
  overheard: Eavesdropping,
): Promise<void> {
  const lock = contender.lock();
  overheard.see(lock.handle);
  const call = files.lockCall("acquire");
  try {
    const guard = await lock.acquire({ timeoutMs: GRANT_LIMIT_MS });
    const { token, abandoned } = guard;
    if (abandoned) files.note({ what: "abandoned", token });
    call.returned({ token });
    overheard.see({ token });
    const release = files.lockCall("release", { token });
    await guard.release();
    release.returned();
  } catch {
    call.failed();
  }
}
