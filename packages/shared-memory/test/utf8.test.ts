import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { readUtf8, utf8Length, writeUtf8 } from "../src/utf8.ts";

const bytes = new Uint8Array(new SharedArrayBuffer(4_096));

describe("writeUtf8 and readUtf8", () => {
  test.for(["", "a", "\0", "é", "€", "\uffff", "🎟", "a🎟é€\u{10ffff}\u{10000}"])(
    "carry %o as TextEncoder does",
    (text) => {
      const encoded = new TextEncoder().encode(text);
      expect(writeUtf8(bytes, 7, text)).toBe(encoded.length);
      expect([...bytes.subarray(7, 7 + encoded.length)]).toEqual([...encoded]);
      expect(readUtf8(bytes, 7, encoded.length)).toBe(text);
    },
  );

  test("carry any well-formed text, at any place, and write nothing beside it", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), fc.integer({ min: 1, max: 100 }), (text, at) => {
        fc.pre(text.isWellFormed());
        bytes.fill(0xaa);
        const length = writeUtf8(bytes, at, text);
        expect(length).toBe(utf8Length(text));
        expect(readUtf8(bytes, at, length)).toBe(text);
        expect([bytes[at - 1], bytes[at + length]]).toEqual([0xaa, 0xaa]);
      }),
    );
  });
});
