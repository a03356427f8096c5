import type { Draw } from "../plan/draw.ts";
import { hostileValue } from "./hostile-values.ts";
import type { Overheard } from "./overheard.ts";

export type Message = Record<string, unknown>;

/** Contenders are run once in a session of the torture's. */
const RUN = 1;
const MOST_IDS = 2 ** 31;
/** Who came to a lock before or after somebody has a number a little lower or higher. */
const NEIGHBOURS = 8;
const MADE_KEY = "#00000000-0000-4000-8000-000000000000";
const NOWHERE = "/nonexistent/ticketlock";

const sessionTypes = ["up", "opened", "loaded", "request", "send"] as const;
const brokerTypes = ["hello", "create", "open", "acquire", "cancel", "release", "consistent", "query", "close"] as const; // prettier-ignore

/** A message as contenders send it to their owner, in its own run. */
export function sessionMessage(draw: Draw): Message {
  const type = draw.one(sessionTypes);
  const topic = draw.one(["torture:nothing", "ticketlock:nothing", "x".repeat(256)]);
  const body = hostileValue(draw, 2);
  switch (type) {
    case "up":
    case "opened":
      return { type };
    case "loaded":
      return { type, run: RUN };
    case "request":
      return { type, run: RUN, id: draw.whole(MOST_IDS / 2, MOST_IDS), topic, body };
    case "send":
      return { type, run: RUN, topic, body };
  }
}

/** A message as an owner sends it to its contenders. */
export function ownerMessage(draw: Draw): Message {
  const handle = { module: "nobody", kind: "nothing", version: 1, data: hostileValue(draw, 1) };
  return draw.one<Message>([
    { type: "open", index: 0, count: 1, seed: 1, adapters: ["file:///nowhere"], locks: [handle], lockKind: "nothing", store: handle }, // prettier-ignore
    { type: "load", run: RUN, workload: "file:///nowhere", input: hostileValue(draw, 2) },
    { type: "start", run: RUN, startedNs: "1" },
    { type: "abort", run: RUN },
    { type: "reply", id: 1, value: hostileValue(draw, 2) },
    { type: "reply", id: 1, error: { code: "LOCK_LOST", message: "lost" } },
  ]);
}

/** A request as processes send it to a broker: under its sender's own numbers, or a neighbour's. */
export function brokerRequest(draw: Draw, overheard: Overheard): Message {
  const type = draw.one(brokerTypes);
  const id = draw.whole(MOST_IDS / 2, MOST_IDS);
  const seat = near(draw, overheard.seats);
  const token = near(draw, overheard.tokens);
  switch (type) {
    case "hello":
      return { type, id, version: draw.whole(1, 5) };
    case "create":
      return { type, id, tokensAbove: draw.whole(0, 100), waiters: draw.whole(0, 100) };
    case "open": {
      const isMade = draw.chance(0.5);
      const key = isMade ? draw.one([MADE_KEY, ...overheard.keys]) : draw.one(["orders", "a.b-c_d"]); // prettier-ignore
      const directory = isMade ? "" : NOWHERE;
      return { type, id, key, directory, tokensAbove: 0, waiters: draw.whole(0, 100) };
    }
    case "acquire":
      return { type, id, seat, wait: draw.chance(0.5) };
    case "cancel":
      return { type, id };
    case "query":
      return { type, id, seat };
    case "close":
      // Its own would be closed for good: it could not forge as one who has the lock open.
      return { type, seat: draw.one([0, Math.max(0, ...overheard.seats) + draw.whole(1, NEIGHBOURS)]) }; // prettier-ignore
    default:
      return { type, seat, token };
  }
}

/** The same with one thing wrong: a field of another value, one that is missing, or one too many. */
export function spoilt(draw: Draw, message: Message): Message {
  const copy = { ...message };
  const field = draw.one(Object.keys(copy));
  switch (draw.whole(0, 3)) {
    case 0:
      delete copy[field];
      return copy;
    case 1:
      return { ...copy, [draw.one(["extra", "constructor", "__proto__", "then", "run", "seat"])]: hostileValue(draw, 1) }; // prettier-ignore
    default:
      return { ...copy, [field]: draw.chance(0.5) ? beyond(draw, copy[field]) : hostileValue(draw, 2) }; // prettier-ignore
  }
}

/** Of the same type, and out of range. */
function beyond(draw: Draw, value: unknown): unknown {
  if (typeof value === "number") return draw.one([-1, 0.5, 2 ** 53, 1e308, value + 1, -value]);
  if (typeof value === "string") return draw.one(["", "../x", `${value}\0`, "x".repeat(257), "x".repeat(5_000)]); // prettier-ignore
  return value === true ? "true" : [value];
}

function near(draw: Draw, known: readonly number[]): number {
  if (known.length === 0) return draw.whole(1, NEIGHBOURS);
  const last = known.at(-1)!;
  return draw.chance(0.5) ? draw.one(known) : Math.max(0, last + draw.whole(-NEIGHBOURS, NEIGHBOURS)); // prettier-ignore
}
