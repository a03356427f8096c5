/**
 * Messages of ticketlock share the channel between a worker and its primary with the program's
 * own, so each is wrapped: `lock` for the broker and its clients, `contender` for a session.
 */
export type Topic = "lock" | "contender";

export interface Envelope {
  readonly ticketlock: Topic;
  readonly body: unknown;
}

export function wrap(topic: Topic, body: unknown): Envelope {
  return { ticketlock: topic, body };
}

/** True if the message is ours and of this topic; its body is as yet unchecked. */
export function isWrapped(message: unknown, topic: Topic): message is Envelope {
  return (
    typeof message === "object" &&
    message !== null &&
    "ticketlock" in message &&
    message.ticketlock === topic
  );
}
