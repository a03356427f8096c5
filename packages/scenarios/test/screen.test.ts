import { stripVTControlCharacters } from "node:util";
import { describe, expect, test } from "vitest";
import type { Verdict } from "../src/index.ts";
import { countOverlaps } from "../src/overlaps.ts";
import { Screen } from "../src/screen.ts";
import { parseStoryEvent, parseTold, type State, type StoryEvent } from "../src/story-event.ts";
import { Timeline } from "../src/timeline.ts";

const MS = 1_000_000n;
/** How the colour of a holder begins. */
const COLOUR = "\u001B[35m";

function part(names: readonly string[] = ["a", "b"]): StoryEvent {
  return { type: "part", atNs: "0", title: "the part", names };
}

function told(contender: number, ms: number, text: string, state?: State): StoryEvent {
  return {
    type: "told",
    contender,
    atNs: String(BigInt(ms) * MS),
    text,
    ...(state ? { state } : {}),
  };
}

const verdict: Verdict = {
  scenario: "mutex", adapter: "x", lock: null, store: null, contenders: 2,
  sold: 1, oversold: 0, lostUpdates: 0, overlaps: 0, tornReads: 0,
  wallMs: 1, cpuMs: null, waiterCpuMs: null, asExpected: false, unexpected: ["too late"], remarks: [],
}; // prettier-ignore

function shown(
  events: readonly StoryEvent[],
  output: { colours?: boolean; columns?: number } = {},
): string {
  let text = "";
  const { colours = false, columns } = output;
  const screen = new Screen({ write: (more) => (text += more), colours, columns }, "a play");
  for (const event of events) screen.show(event);
  screen.end(verdict);
  return text;
}

describe("Screen", () => {
  test("prints lines in the order in which things happened, not in which they became known", () => {
    const text = shown([
      part(),
      told(0, 30, "third"),
      told(1, 10, "first"),
      told(0, 20, "second"),
      { type: "part-end" },
    ]);
    const lines = text.split("\n").filter((line) => line.includes(" ms "));
    expect(lines.map((line) => line.trim().split(/ {2,}/).at(-1))).toEqual([
      "first",
      "second",
      "third",
    ]);
    expect(text.startsWith("a play\nthe part\n")).toBe(true);
  });

  test("prints a line before the end once nothing earlier can still come", () => {
    let text = "";
    const screen = new Screen(
      { write: (more) => (text += more), colours: false, columns: undefined },
      "a play",
    );
    for (const event of [part(), told(0, 10, "early"), told(1, 2_500, "late")]) screen.show(event);
    expect(text).toContain("early");
    expect(text).not.toContain("late");
  });

  test("says what was not as expected", () => {
    expect(shown([part()])).toContain("verdict: NOT as expected\n  too late");
  });

  test("draws a timeline in a terminal only, and colours only where they are wanted", () => {
    const events = [
      part(),
      told(0, 0, "holds", "holding"),
      told(0, 100, "ends", "ended"),
      { type: "part-end" } as const,
    ];
    expect(shown(events)).not.toContain("###");
    const drawn = shown(events, { columns: 60 });
    expect(drawn).toContain("a ####");
    expect(drawn).not.toContain(COLOUR);
    const coloured = shown(events, { columns: 60, colours: true });
    expect(coloured).toContain(COLOUR);
    expect(stripVTControlCharacters(coloured)).toContain("a ####");
  });
});

describe("Timeline", () => {
  test("shows what each contender did when, also where it is told late", () => {
    const timeline = new Timeline();
    const events = [
      part(["a"]),
      told(0, 50, "", "holding"),
      told(0, 25, "", "waiting"),
      told(0, 75, "", "sold"),
      told(0, 100, ""),
    ];
    for (const event of events) timeline.add(event);
    expect(timeline.rows(22)).toEqual(["a ....-----#####$$$$$$"]);
  });

  test("says how many contenders it leaves out", () => {
    const timeline = new Timeline();
    timeline.add(part(Array.from({ length: 25 }, (_, index) => `c${index}`)));
    expect(timeline.rows(40)).toHaveLength(21);
    expect(timeline.rows(40).at(-1)).toBe("and 5 more");
  });
});

describe("countOverlaps", () => {
  test.each([
    [
      "one after the other",
      [
        ["0", "10"],
        ["10", "20"],
      ],
      0,
    ],
    [
      "one within another",
      [
        ["0", "30"],
        ["10", "20"],
      ],
      1,
    ],
    [
      "three at once",
      [
        ["0", "30"],
        ["1", "31"],
        ["2", "32"],
      ],
      2,
    ],
    [
      "numbers beyond 2^53, one apart",
      [
        ["9007199254740992", "9007199254740994"],
        ["9007199254740993", "9007199254740995"],
      ],
      1,
    ],
  ] as const)("counts entries while another was inside: %s", (_, stays, overlaps) => {
    expect(countOverlaps(stays)).toBe(overlaps);
  });
});

describe("what contenders send", () => {
  test.each([null, 1, {}, { atNs: "-1", text: "x" }, { atNs: "1" }, { atNs: "1e9", text: "x" }])(
    "is refused if malformed: %j",
    (body) => {
      expect(parseTold(body)).toBeUndefined();
      expect(parseStoryEvent(body)).toBeUndefined();
    },
  );

  test("comes through with the fields that are known, and no others", () => {
    const body = { atNs: "1", text: "x", state: "flying", section: "enter", more: 1 };
    expect(parseTold(body)).toEqual({ atNs: "1", text: "x", section: "enter" });
  });
});
