/** What passes between a launcher and its contender's thread besides the protocol's messages. */
export const HELLO = "ticketlock:thread";
export const UNLOAD = "ticketlock:unload";
export const GOODBYE = "ticketlock:goodbye";
export const CLOCK = "ticketlock:clock";

/** The contender's first message: its thread's number. */
export interface HelloMessage {
  readonly type: typeof HELLO;
  readonly threadNumber: number;
  readonly osThreadId: number;
  readonly osThreadStart: number;
}

/** The contender's last message: it has closed what it had open, and ends by itself. */
export interface GoodbyeMessage {
  readonly type: typeof GOODBYE;
}

/** The contender ends itself without having closed: Deno tells the owner nothing of it. */
export interface UnloadMessage {
  readonly type: typeof UNLOAD;
}

/** Asks the other side for its clock, and answers with it. Nanoseconds travel as text. */
export interface ClockMessage {
  readonly type: typeof CLOCK;
  readonly nowNs?: string;
}

/** True for a contender's first message that says of its thread what can be. */
export function isHello(message: unknown): message is HelloMessage {
  if (!isMessage<HelloMessage>(message, HELLO)) return false;
  const { threadNumber, osThreadId, osThreadStart } = message;
  return threadNumber > 0 && [threadNumber, osThreadId, osThreadStart].every(isCount);
}

function isCount(value: unknown): boolean {
  return Number.isInteger(value) && 0 <= (value as number) && (value as number) < 2 ** 31;
}

/** The message if it is of this type. */
export function isMessage<T extends { readonly type: string }>(
  message: unknown,
  type: T["type"],
): message is T {
  return (
    typeof message === "object" && message !== null && "type" in message && message.type === type
  );
}
