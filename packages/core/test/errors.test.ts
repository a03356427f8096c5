import { describe, expect, test } from "vitest";
import {
  type ErrorCode,
  errorCodes,
  fromWireError,
  isTicketlockError,
  TicketlockError,
  toWireError,
} from "../src/index.ts";

describe("toWireError and fromWireError", () => {
  test.for(Object.keys(errorCodes) as ErrorCode[])("carry code and message of %s", (code) => {
    const wire = toWireError(new TicketlockError(code, "Cannot: because. Do."));
    const sent: unknown = JSON.parse(JSON.stringify(structuredClone(wire)));
    const rebuilt = fromWireError(sent);
    expect(rebuilt).toBeInstanceOf(TicketlockError);
    expect(rebuilt).toMatchObject({
      code,
      message: "Cannot: because. Do.",
      name: "TicketlockError",
    });
  });

  test.for([
    { thrown: new RangeError("too large"), message: "RangeError: too large" },
    { thrown: "text", message: "text" },
    { thrown: undefined, message: "undefined" },
    { thrown: null, message: "null" },
    { thrown: 5n, message: "5" },
    { thrown: Symbol("s"), message: "Symbol(s)" },
    { thrown: { toString: () => "shown" }, message: "shown" },
  ])("toWireError gives $message for what is no TicketlockError", ({ thrown, message }) => {
    expect(toWireError(thrown)).toEqual({ code: "CONTENDER_FAILED", message });
    expect(toWireError(thrown, "STORE_CORRUPT").code).toBe("STORE_CORRUPT");
  });

  test.for([
    { what: "an object without a prototype", thrown: Object.create(null) as unknown },
    {
      what: "an object whose toString throws",
      thrown: {
        toString: () => {
          throw new Error("no");
        },
      },
    },
    {
      what: "an error with a symbol for a message",
      thrown: Object.assign(new Error("x"), { message: Symbol("x") }),
    },
    {
      what: "an error whose name throws",
      thrown: Object.defineProperty(new Error("x"), "name", {
        get: () => {
          throw new Error("no");
        },
      }),
    },
  ])("toWireError survives $what", ({ thrown }) => {
    expect(toWireError(thrown)).toMatchObject({
      code: "CONTENDER_FAILED",
      message: expect.any(String),
    });
  });

  test.for([
    undefined,
    null,
    5,
    "LOCK_LOST",
    [],
    {},
    { code: "LOCK_LOST" },
    { message: "m" },
    { code: "NO_SUCH_CODE", message: "m" },
    { code: "__proto__", message: "m" },
    { code: "constructor", message: "m" },
    { code: "toString", message: "m" },
    { code: ["LOCK_LOST"], message: "m" },
    { code: "LOCK_LOST", message: 5 },
    { code: "LOCK_LOST", message: { toString: "m" } },
  ])("fromWireError takes %o for a protocol violation", (wire) => {
    expect(fromWireError(wire)).toMatchObject({ code: "PROTOCOL_VIOLATION" });
  });
});

describe("isTicketlockError", () => {
  test("tells TicketlockErrors, and codes, apart", () => {
    const error = new TicketlockError("LOCK_LOST", "m", { cause: "c" });
    expect(error.cause).toBe("c");
    expect(isTicketlockError(error)).toBe(true);
    expect(isTicketlockError(error, "LOCK_LOST")).toBe(true);
    expect(isTicketlockError(error, "LOCK_TIMEOUT")).toBe(false);
    expect(isTicketlockError({ code: "LOCK_LOST", message: "m" })).toBe(false);
    expect(isTicketlockError(undefined)).toBe(false);
  });
});
