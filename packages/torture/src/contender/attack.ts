import { writeSync } from "node:fs";
import process from "node:process";
import { parentPort } from "node:worker_threads";
import type { Contender } from "@ticketlock/core";
import type { Draw } from "../plan/draw.ts";
import type { HistoryFiles } from "./history-files.ts";
import { hostileMessage } from "./hostile-messages.ts";
import { turn } from "./pausing.ts";

/** Puts one message on the way to the owner, past everything that would check it on this side. */
type Send = (message: unknown) => Promise<void> | void;

/** The loop turns after so many, so that what is answered is read, and what was sent has left. */
const TURN_EACH = 32;

/**
 * Sends so many hostile messages by whatever channel this contender's process or thread has, and notes how many
 * have left: its owner may end it for one.
 */
export async function attack(
  { channel }: Contender,
  files: HistoryFiles,
  count: number,
  draw: Draw,
): Promise<void> {
  const send = rawChannel();
  let sent = 0;
  for (let i = 1; i <= count; i++) {
    const message = hostileMessage(draw);
    try {
      // Within the protocol as well: a topic and a body that nobody asked for.
      if (draw.chance(0.1)) channel.send(`hostile ${i % 7}`, message);
      else await send(message);
      sent++;
    } catch {
      // It cannot be sent at all: a function, a symbol, or what JSON does not take.
    }
    if (i % TURN_EACH !== 0 && i < count) continue;
    files.note({ what: "sent", messages: sent });
    sent = 0;
    await turn();
  }
}

interface PostsMessages {
  postMessage?(message: unknown): void;
}

/** The channel below the session's protocol: a cluster's, a thread's port, or standard output. */
function rawChannel(): Send {
  if (typeof process.send === "function") {
    return (message) =>
      new Promise((resolve) => {
        process.send!(message, undefined, undefined, () => resolve());
      });
  }
  if (parentPort !== null) return (message) => parentPort!.postMessage(message);
  const scope = globalThis as PostsMessages;
  if ("Deno" in globalThis && typeof scope.postMessage === "function")
    return (message) => scope.postMessage!(message);
  // Lines of their own, in one piece each: half of another line would be a fault of this side.
  return (message) => void writeSync(1, `\n${JSON.stringify(message)}\n`);
}
