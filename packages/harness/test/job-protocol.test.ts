import { describe, expect, test } from "vitest";
import { formatAnswer, parseAnswer, parseRequest } from "../src/job-protocol.ts";

describe("parseAnswer", () => {
  test("reads what formatAnswer wrote", () => {
    for (const answer of [
      { event: 1 },
      { result: { a: [null] } },
      { error: { code: "USAGE", message: "m" } as const },
    ]) {
      const line = formatAnswer("k", answer);
      expect(line.endsWith("\n")).toBe(true);
      expect(parseAnswer(line.trim(), "k")).toEqual(answer);
    }
    expect(parseAnswer(formatAnswer("k", { result: undefined }).trim(), "k")).toEqual({
      result: null,
    });
  });

  test("takes nothing for an answer that lacks the key", () => {
    expect(parseAnswer('{"result":1}', "k")).toBeUndefined();
    expect(parseAnswer(formatAnswer("other", { result: 1 }), "k")).toBeUndefined();
  });

  test.each(['{"key":"k",nonsense', '{"key":"k","surprise":1}'])(
    "refuses a malformed answer: %s",
    (line) => {
      expect(() => parseAnswer(line, "k")).toThrow(
        expect.objectContaining({ code: "PROTOCOL_VIOLATION" }),
      );
    },
  );
});

test.each([
  "",
  "1",
  "{}",
  '{"key":"k","job":"j","adapters":[1]}',
  '{"key":1,"job":"j","adapters":[]}',
])("parseRequest refuses a malformed request: %j", (line) => {
  expect(() => parseRequest(line)).toThrow(expect.objectContaining({ code: "PROTOCOL_VIOLATION" }));
});
