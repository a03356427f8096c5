const CLOCK = "ticketlock:clock";

/** Asks the owner for its clock, and answers with it in nanoseconds. */
export interface ClockMessage {
  readonly type: typeof CLOCK;
  readonly nowNs?: bigint;
}

export function clockMessage(nowNs?: bigint): ClockMessage {
  return nowNs === undefined ? { type: CLOCK } : { type: CLOCK, nowNs };
}

export function isClockMessage(message: unknown): message is ClockMessage {
  return (
    typeof message === "object" && message !== null && "type" in message && message.type === CLOCK
  );
}
