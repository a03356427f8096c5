import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  checkAcquireOptions,
  checkCapacity,
  checkContenders,
  checkInteger,
  checkOrder,
  checkTimeoutMs,
  MAX_CAPACITY,
  MAX_CONTENDERS,
  type Order,
  utf8Length,
} from "../src/index.ts";

/** What TypeScript would not let through, but JavaScript does. */
function untyped<T>(value: unknown): T {
  return value as T;
}

describe("checkTimeoutMs", () => {
  test.for([
    [undefined, Infinity],
    [0, 0],
    [-0, -0],
    [0.5, 0.5],
    [2 ** 40, 2 ** 40],
    [Infinity, Infinity],
  ] as const)("reads %o as %o", ([given, read]) => {
    expect(checkTimeoutMs(given)).toBe(read);
  });

  test.for([Number.NaN, -1, -Infinity, -0.001])("refuses %o as out of range", (given) => {
    expect(() => checkTimeoutMs(given)).toThrow(RangeError);
  });

  test.for([null, "5", true, 5n, {}, Symbol("5")])("refuses %o as no number", (given) => {
    expect(() => checkTimeoutMs(untyped(given))).toThrow(TypeError);
  });
});

describe("checkAcquireOptions", () => {
  test("waits for ever unless told otherwise", () => {
    expect(checkAcquireOptions(undefined)).toEqual({ timeoutMs: Infinity, signal: undefined });
    expect(checkAcquireOptions({})).toEqual({ timeoutMs: Infinity, signal: undefined });
  });

  test("throws the reason of an aborted signal as it is", () => {
    const reason = { why: "changed my mind" };
    let thrown: unknown;
    try {
      checkAcquireOptions({ signal: AbortSignal.abort(reason) });
    } catch (error) {
      thrown = error;
    }
    expect(thrown).toBe(reason);
  });
});

describe("checkInteger and its kin", () => {
  test.for([
    { check: () => checkInteger("n", 1, 1, 3), ok: true },
    { check: () => checkInteger("n", 3, 1, 3), ok: true },
    { check: () => checkInteger("n", 0, 1, 3), ok: false },
    { check: () => checkInteger("n", 4, 1, 3), ok: false },
    { check: () => checkInteger("n", 1.5, 1, 3), ok: false },
    { check: () => checkInteger("n", "2", 1, 3), ok: false },
    { check: () => checkInteger("n", Number.NaN, 1, 3), ok: false },
    { check: () => checkInteger("n", undefined, 1, 3), ok: false },
    { check: () => checkCapacity(0), ok: true },
    { check: () => checkCapacity(MAX_CAPACITY), ok: true },
    { check: () => checkCapacity(MAX_CAPACITY + 1), ok: false },
    { check: () => checkCapacity(-1), ok: false },
    { check: () => checkCapacity(Infinity), ok: false },
    { check: () => checkContenders(1), ok: true },
    { check: () => checkContenders(MAX_CONTENDERS), ok: true },
    { check: () => checkContenders(0), ok: false },
    { check: () => checkContenders(1_000_000), ok: false },
  ])("$check is fine: $ok", ({ check, ok }) => {
    if (ok) expect(check()).toBeTypeOf("number");
    else expect(check).toThrow(RangeError);
  });
});

describe("checkOrder", () => {
  const order: Order = { id: "o", buyer: "b", quantity: 1 };

  test.for([
    order,
    { ...order, id: "x".repeat(64) },
    { ...order, id: "🎟".repeat(16) },
    { ...order, quantity: MAX_CAPACITY },
    { ...order, id: "\0" },
  ])("takes %o", (given) => {
    expect(checkOrder(given)).toBe(given);
  });

  test.for([
    { ...order, id: "" },
    { ...order, buyer: "" },
    { ...order, id: "x".repeat(65) },
    { ...order, buyer: "é".repeat(33) },
    { ...order, id: "🎟".repeat(17) },
    { ...order, quantity: 0 },
    { ...order, quantity: -1 },
    { ...order, quantity: 0.5 },
    { ...order, quantity: Number.NaN },
    { ...order, quantity: MAX_CAPACITY + 1 },
  ])("refuses %o as out of range", (given) => {
    expect(() => checkOrder(given)).toThrow(RangeError);
  });

  test.for([
    { ...order, id: "\ud83c" },
    { ...order, buyer: "a\udf9f" },
    { ...order, id: untyped<string>(5) },
    { ...order, buyer: untyped<string>(undefined) },
  ])("refuses %o as no text", (given) => {
    expect(() => checkOrder(given)).toThrow(TypeError);
  });
});

describe("utf8Length", () => {
  test("is the length that TextEncoder gives, lone surrogates included", () => {
    const encoder = new TextEncoder();
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), (text) => {
        expect(utf8Length(text)).toBe(encoder.encode(text).length);
      }),
    );
    const units = fc.array(fc.constantFrom("\ud83c", "\udf9f", "a", "é", "€"));
    fc.assert(
      fc.property(units, (texts) => {
        expect(utf8Length(texts.join(""))).toBe(encoder.encode(texts.join("")).length);
      }),
    );
  });
});
