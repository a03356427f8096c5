/** What a contender is doing, for the timeline. */
export const states = ["searching", "waiting", "holding", "sold", "ended"] as const;
export type State = (typeof states)[number];

/** Topic on which contenders tell what they do. */
export const EVENT_TOPIC = "story:event";

/** What a contender tells, on the clock that the session's contenders share. */
export interface Told {
  /** Nanoseconds as text: JSON has no bigint. */
  readonly atNs: string;
  readonly text: string;
  readonly state?: State | undefined;
  /** Entry into or exit from a critical section. */
  readonly section?: "enter" | "exit" | undefined;
}

/** What the play tells the command, one line of JSON each. */
export type StoryEvent =
  /** A part of the story begins: times count from here. */
  | {
      readonly type: "part";
      readonly atNs: string;
      readonly title: string;
      readonly names: readonly string[];
    }
  /** One contender, or the owner (-1), did something. */
  | ({ readonly type: "told"; readonly contender: number } & Told)
  /** The part is over: nothing earlier is still to come. */
  | { readonly type: "part-end" };

/** Reads what a contender sent; `undefined` if it is no event. */
export function parseTold(body: unknown): Told | undefined {
  if (typeof body !== "object" || body === null) return undefined;
  const { atNs, text, state, section } = body as Record<string, unknown>;
  if (typeof atNs !== "string" || !/^\d{1,20}$/.test(atNs) || typeof text !== "string")
    return undefined;
  return {
    atNs,
    text,
    ...(isState(state) ? { state } : {}),
    ...(section === "enter" || section === "exit" ? { section } : {}),
  };
}

/** Reads a line of the play. The job that writes it is of this package, so only its shape is looked at. */
export function parseStoryEvent(value: unknown): StoryEvent | undefined {
  if (typeof value !== "object" || value === null) return undefined;
  const { type, atNs, title, names, contender } = value as Record<string, unknown>;
  if (type === "part-end") return { type };
  if (
    type === "part" &&
    typeof atNs === "string" &&
    typeof title === "string" &&
    Array.isArray(names)
  ) {
    return { type, atNs, title, names: names.map(String) };
  }
  const told = parseTold(value);
  if (type === "told" && told !== undefined && typeof contender === "number")
    return { type, contender, ...told };
  return undefined;
}

function isState(value: unknown): value is State {
  return states.some((state) => state === value);
}
