import type { Draw } from "../plan/draw.ts";
import { hostileValue } from "./hostile-values.ts";

const SESSION_TYPES = ["up", "opened", "loaded", "done", "request", "send", "open", "start", "abort", "reply", "close"] as const; // prettier-ignore
const BROKER_TYPES = ["hello", "create", "open", "acquire", "cancel", "release", "consistent", "query", "close"] as const; // prettier-ignore
const FIELDS = ["id", "seat", "token", "wait", "key", "directory", "tokensAbove", "waiters", "version", "run", "topic", "body", "value", "error"] as const; // prettier-ignore
const MOST_BATCHED = 80;

/**
 * A message that an owner or a broker should not be sent: noise, or one of those that they know with
 * something wrong in it, under somebody else's number or at a time when it means nothing.
 */
export function hostileMessage(draw: Draw): unknown {
  switch (draw.whole(0, 5)) {
    case 0:
      return hostileValue(draw, 4);
    case 1:
      return { ...known(draw, draw.one(SESSION_TYPES)) };
    case 2:
      return { ticketlock: draw.one(["lock", "contender", "other"]), body: hostileValue(draw, 3) };
    case 3: {
      const length = draw.whole(0, MOST_BATCHED);
      const body = Array.from({ length }, () => known(draw, draw.one(BROKER_TYPES)));
      return { ticketlock: "lock", body };
    }
    case 4:
      return { ticketlock: "contender", body: known(draw, draw.one(SESSION_TYPES)) };
    default:
      return { ticketlock: "lock", body: known(draw, draw.one(BROKER_TYPES)) };
  }
}

/** Of a type that is known: with fields that it may have, some of them of values that it may have. */
function known(draw: Draw, type: string): Record<string, unknown> {
  const fields = draw.some(FIELDS, draw.whole(0, 5)).map((name) => [name, fieldOf(draw, name)]);
  const message = { type, ...(Object.fromEntries(fields) as Record<string, unknown>) };
  // It would end its own run by this, and be heard no more.
  return type === "done" ? { ...message, run: draw.whole(100, 200) } : message;
}

function fieldOf(draw: Draw, name: (typeof FIELDS)[number]): unknown {
  if (draw.chance(0.3)) return hostileValue(draw, 2);
  switch (name) {
    case "wait":
      return draw.chance(0.5);
    case "key":
      return draw.one(["orders", "..", "../../orders", "x".repeat(200), "made", ""]);
    case "directory":
      return draw.one(["", "/nonexistent/ticketlock", "relative", "\0", "/proc/self"]);
    case "topic":
      return draw.one(["ticketlock:meet", "torture:nothing", "__proto__", "x".repeat(300)]);
    case "version":
      return draw.whole(0, 5);
    default:
      return draw.one([draw.whole(0, 12), draw.whole(0, 2 ** 31), Number.MAX_SAFE_INTEGER, -1, 0.5]); // prettier-ignore
  }
}
