import { describe, expect, test } from "vitest";
import { LineSplitter, MAX_LINE_LENGTH } from "../src/line-splitter.ts";

describe("LineSplitter", () => {
  test("joins what comes in pieces and cuts what comes together", () => {
    const lines: string[] = [];
    const splitter = new LineSplitter((line) => lines.push(line));
    for (const text of ["a", "b\nc\n", "\n", "d", "\n", "e"]) splitter.push(text);
    splitter.end();
    expect(lines).toEqual(["ab", "c", "d", "e"]);
  });

  test("refuses a line before it is too long to hold", () => {
    const splitter = new LineSplitter(() => {});
    const part = "x".repeat(MAX_LINE_LENGTH / 4);
    for (let i = 0; i < 4; i++) splitter.push(part);
    expect(() => splitter.push("x")).toThrow(
      expect.objectContaining({ code: "PROTOCOL_VIOLATION" }),
    );
  });
});
