import { describe, expect, test } from "vitest";
import { checkHandle, parseHandle } from "../src/index.ts";

const handle = { module: "m", kind: "k", version: 1, data: { any: "thing" } };

describe("parseHandle", () => {
  test("reads a handle into a fresh object of the four known properties", () => {
    const parsed = parseHandle({ ...handle, extra: 1 });
    expect(parsed).toEqual(handle);
    expect(parsed).not.toBe(handle);
  });

  test("does not take a property of JSON's __proto__ for one of the handle", () => {
    const hostile: unknown = JSON.parse('{"__proto__":{"module":"m","kind":"k","version":1}}');
    expect(() => parseHandle(hostile)).toThrow(expect.objectContaining({ code: "HANDLE_INVALID" }));
  });

  test.for([
    undefined,
    null,
    0,
    "handle",
    Symbol("handle"),
    () => {},
    [],
    {},
    { module: "m", kind: "k" },
    { module: 1, kind: "k", version: 1 },
    { module: "m", kind: ["k"], version: 1 },
    { module: "m", kind: "k", version: "1" },
  ])("refuses %o", (value) => {
    expect(() => parseHandle(value)).toThrow(expect.objectContaining({ code: "HANDLE_INVALID" }));
  });
});

describe("checkHandle", () => {
  const expected = { module: "m", kinds: ["j", "k"], version: 1 };

  test("returns a handle that is as expected", () => {
    expect(checkHandle(handle, expected)).toEqual(handle);
  });

  test.for([
    { found: { ...handle, module: "other" }, message: "its module is other, expected m" },
    { found: { ...handle, kind: "x" }, message: "its kind is x, expected j or k" },
    {
      found: { ...handle, version: 2 },
      message: "its version is 2, expected 1; use the same release of m",
    },
    { found: { ...handle, version: Number.NaN }, message: "its version is NaN" },
  ])("says: $message", ({ found, message }) => {
    const refused = expect.objectContaining({
      code: "HANDLE_INVALID",
      message: expect.stringContaining(message),
    });
    expect(() => checkHandle(found, expected)).toThrow(refused);
  });
});
