import { createHash } from "node:crypto";
import { isTicketlockError, type Sale, utf8Length } from "@ticketlock/core";
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { formatSale, formatStore, parseStore, type StoreState } from "../src/store-text.ts";

const PATH = "/somewhere/tickets.json";
const RUNS = 5_000;
const MAX_ID_BYTES = 64;

const count = fc.nat(Number.MAX_SAFE_INTEGER);
/** An order's id, or a buyer. */
const text = fc
  .string({ unit: "grapheme", minLength: 1, maxLength: 20 })
  .filter((one) => utf8Length(one) <= MAX_ID_BYTES);
const sale: fc.Arbitrary<Sale> = fc.record({
  order: text,
  buyer: text,
  firstSerial: fc.nat(1_000),
  quantity: fc.integer({ min: 1, max: 1_000 }),
});
/** What a store may be, and no less: rooms for its sales, no more left than there were. */
const store = fc
  .record({
    sales: fc.array(sale, { maxLength: 5 }),
    spare: fc.nat(9),
    capacity: fc.nat(2 ** 31 - 1),
    sold: fc.nat(),
    version: count,
    fence: count,
  }) // prettier-ignore
  .map(({ sales, spare, capacity, sold, version, fence }) => {
    const remaining = Math.max(0, capacity - sold);
    const state: StoreState = { capacity, room: sales.length + spare, remaining, version, fence };
    return { state, sales };
  });

function written({ state, sales }: { state: StoreState; sales: readonly Sale[] }): Buffer {
  return formatStore(state, sales.map(formatSale).join(","));
}

/** As a forger would write it: any body, under the checksum that fits. */
function forged(body: unknown): Buffer {
  const json = JSON.stringify(body) ?? "null";
  const sum = createHash("sha256").update(json).digest("hex");
  return Buffer.from(`{"format":"ticketlock json-durable 1","sha256":"${sum}","store":${json}}\n`);
}

/** Reads it, or gives the one error that there may be. */
function outcomeOf(content: Buffer): ReturnType<typeof parseStore> | "STORE_CORRUPT" {
  try {
    return parseStore(PATH, content);
  } catch (error) {
    if (isTicketlockError(error) && error.code === "STORE_CORRUPT") return "STORE_CORRUPT";
    throw error;
  }
}

describe("the text of a durable store", () => {
  test("is read as it was written", () => {
    fc.assert(
      fc.property(store, (one) => {
        expect(parseStore(PATH, written(one))).toEqual(one);
      }),
      { numRuns: RUNS },
    );
  });

  test("is refused if a byte of it is another, is missing, or is one too many", () => {
    const damage = fc.record({
      at: fc.nat(),
      byte: fc.nat(255),
      how: fc.constantFrom("change" as const, "cut" as const, "remove" as const, "insert" as const),
    });
    fc.assert(
      fc.property(store, damage, (one, { at: where, byte, how }) => {
        const whole = written(one);
        const at = where % whole.length;
        const tail = whole.subarray(how === "insert" ? at : at + 1);
        const middle = how === "change" || how === "insert" ? [byte] : [];
        const damaged =
          how === "cut"
            ? whole.subarray(0, at)
            : Buffer.concat([whole.subarray(0, at), Buffer.from(middle), tail]);
        fc.pre(!damaged.equals(whole));
        expect(outcomeOf(damaged)).toBe("STORE_CORRUPT");
      }),
      { numRuns: RUNS },
    );
  });

  test("whoever wrote it, is a store that can be, or refused", () => {
    const field = fc.constantFrom("capacity", "room", "remaining", "version", "fence", "sales", "__proto__", "more"); // prettier-ignore
    const spoilt = fc
      .tuple(store, field, fc.oneof(fc.jsonValue(), fc.constantFrom(-1, 1.5, 2 ** 31, 2 ** 53, -0)))
      .map(([{ state, sales }, key, value]) => {
        const rows = sales.map((one) => [one.order, one.buyer, one.firstSerial, one.quantity]);
        return Object.fromEntries([...Object.entries({ ...state, sales: rows }), [key, value]]);
      });
    fc.assert(
      fc.property(fc.oneof(spoilt, fc.jsonValue()), (body) => {
        const outcome = outcomeOf(forged(body));
        if (outcome === "STORE_CORRUPT") return;
        const { state, sales } = outcome;
        expect(parseStore(PATH, written(outcome))).toEqual(outcome);
        expect(state.remaining).toBeLessThanOrEqual(state.capacity);
        expect(sales.length).toBeLessThanOrEqual(state.room);
        expect(Object.keys(Object.prototype)).toEqual([]);
      }),
      { numRuns: RUNS },
    );
  });

  test("is not found in any other bytes", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
        expect(outcomeOf(Buffer.from(bytes))).toBe("STORE_CORRUPT");
      }),
      { numRuns: RUNS },
    );
  });
});
