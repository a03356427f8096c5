import process from "node:process";
import type { Contender } from "@ticketlock/core";
import { Pacer } from "../run/pacer.ts";
import { spanOf } from "../run/window.ts";

/** The wrapper that tells these messages from those of locks and sessions, in the shape and size of a lock's. */
export const ECHO_TOPIC = "bench-echo";

/** What sending messages to the primary and back took. */
export interface Echoed {
  readonly operations: number;
  readonly spanNs: number;
  /** CPU time of this contender meanwhile. */
  readonly cpuUs: number;
}

/**
 * Sends messages to the primary, each when the one before has come back: the channel of the process
 * itself, and nothing of a lock or a session in between. The primary sends back what it gets.
 */
export default async function echo(
  contender: Contender,
  { lengthNs }: { readonly lengthNs: number },
): Promise<Echoed> {
  if (process.send === undefined)
    throw new Error("Cannot send to a primary: this contender is not a process with a channel.");
  let answered: () => void = () => {};
  const listen = (message: unknown): void => {
    if ((message as { ticketlock?: unknown }).ticketlock === ECHO_TOPIC) answered();
  };
  process.on("message", listen);
  const message = {
    ticketlock: ECHO_TOPIC,
    body: { type: "acquire", id: 1, seat: 1, wait: true },
  };
  const pacer = new Pacer(() => contender.nowNs(), false);
  const cpuBefore = process.cpuUsage();
  try {
    const span = spanOf(contender.nowNs(), lengthNs);
    const done = await pacer.run(span, async (count) => {
      for (let i = 0; i < count; i++) {
        const answer = new Promise<void>((resolve) => (answered = resolve));
        process.send!(message);
        await answer;
      }
      return count;
    });
    const { user, system } = process.cpuUsage(cpuBefore);
    return {
      operations: done.operations,
      spanNs: Number(done.endedNs - done.beganNs),
      cpuUs: user + system,
    };
  } finally {
    process.off("message", listen);
  }
}
