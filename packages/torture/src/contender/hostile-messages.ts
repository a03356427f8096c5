import type { Draw } from "../plan/draw.ts";
import { hostileValue } from "./hostile-values.ts";
import type { Overheard } from "./overheard.ts";
import { brokerRequest, type Message, sessionMessage, spoilt } from "./well-formed.ts";

/** More than any message may carry. */
const MOST_BATCHED = 200;
/** Of messages that have the right form: so many have one thing wrong, the others come from the wrong one, or at the wrong time. */
const SPOILT_SHARE = 0.5;
const LONG_SHARE = 0.001;
const LONG = 2 ** 21;

/**
 * A message that an owner or a broker should not be sent: noise, one of those that they know with one
 * thing wrong in it, or one without a fault under somebody else's number or at a time when it means nothing.
 */
export function hostileMessage(draw: Draw, overheard: Overheard): unknown {
  if (draw.chance(LONG_SHARE)) return { ...sessionMessage(draw), body: "x".repeat(LONG) };
  switch (draw.whole(0, 7)) {
    case 0:
      return hostileValue(draw, 4);
    case 1:
      return forged(draw, sessionMessage(draw));
    case 2:
      return { ticketlock: draw.one(["lock", "contender", "other"]), body: hostileValue(draw, 3) };
    case 3: {
      const length = draw.whole(0, MOST_BATCHED);
      const body = Array.from({ length }, () => forged(draw, brokerRequest(draw, overheard)));
      return { ticketlock: "lock", body };
    }
    case 4:
    case 5:
      return { ticketlock: "contender", body: forged(draw, sessionMessage(draw)) };
    default:
      return { ticketlock: "lock", body: forged(draw, brokerRequest(draw, overheard)) };
  }
}

function forged(draw: Draw, message: Message): Message {
  return draw.chance(SPOILT_SHARE) ? spoilt(draw, message) : message;
}
