import { writeSync } from "node:fs";
import process from "node:process";
import { parentPort } from "node:worker_threads";
import type { Channel } from "@ticketlock/core";

/** A contender's way to its owner below the session's protocol, past everything that would check it on this side. */
export interface RawChannel {
  /** Settles when the message has left. @throws if it cannot be sent, or was not */
  send(message: unknown): Promise<void> | void;
  /** The last that it can say: its owner ends it for that. Undefined where nothing is so bad. */
  readonly lastWords: ((kind: LastWords) => void) | undefined;
}

/** A line that is no JSON, one that is no frame, and one beyond every bound. */
export const lastWords = ["no JSON", "no frame", "endless"] as const;
export type LastWords = (typeof lastWords)[number];

const BEYOND_ANY_LINE = 2 ** 24 + 1;

interface PostsMessages {
  postMessage?(message: unknown): void;
}

/** A cluster's channel, a thread's port, or the pipe of a process. */
export function rawChannel(channel: Channel): RawChannel {
  // Threads first: they may have a `process.send` that only refuses.
  const scope = globalThis as PostsMessages;
  if ("Deno" in globalThis && typeof scope.postMessage === "function")
    return { send: (message) => scope.postMessage!(message), lastWords: undefined };
  if (parentPort !== null)
    return { send: (message) => parentPort!.postMessage(message), lastWords: undefined };
  if (typeof process.send === "function") return { send: sendToPrimary, lastWords: undefined };
  return {
    send: (message) => sayOnPipe(channel, JSON.stringify({ message })),
    lastWords: (kind) => {
      if (kind === "no JSON") sayOnPipe(channel, '{"message":');
      else if (kind === "no frame") sayOnPipe(channel, '{"ask":"everything"}');
      else writeWhole("x".repeat(BEYOND_ANY_LINE));
    },
  };
}

function sendToPrimary(message: unknown): Promise<void> {
  return new Promise((resolve, reject) => {
    process.send!(message, undefined, undefined, (error) => {
      if (error === null) resolve();
      else reject(error);
    });
  });
}

/**
 * Lines of a pipe begin with a key that only its ends know. So a message of the protocol is sent, and something
 * else written in its place when it becomes JSON.
 */
function sayOnPipe(channel: Channel, text: string): void {
  const original = JSON.stringify;
  let replaced = false;
  JSON.stringify = () => {
    replaced = true;
    return text;
  };
  try {
    channel.send("torture:nothing", null);
  } finally {
    JSON.stringify = original;
  }
  if (!replaced) throw new Error("Cannot forge a line: this pipe takes no JSON.");
}

/** A pipe takes what it has room for. */
function writeWhole(text: string): void {
  const bytes = Buffer.from(text);
  for (let at = 0; at < bytes.length;) {
    try {
      at += writeSync(1, bytes, at);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EAGAIN") throw error;
    }
  }
}
