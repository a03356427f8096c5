import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  type ContenderMessage,
  fromWireError,
  isTicketlockError,
  type OwnerMessage,
  parseContenderMessage,
  parseOwnerMessage,
} from "../src/index.ts";

const handle = { module: "m", kind: "k", version: 1, data: 0 };
const error = { code: "LOCK_LOST", message: "m" } as const;

const open: OwnerMessage = {
  type: "open",
  index: 0,
  count: 2,
  seed: 5,
  adapters: ["file:///a.ts"],
  locks: [handle],
  lockKind: "futex",
  store: handle,
};

const ownerMessages: readonly OwnerMessage[] = [
  open,
  { ...open, lockKind: undefined, store: undefined },
  { type: "load", run: 1, workload: "file:///w.ts", input: { any: "thing" } },
  { type: "start", run: 1, startedNs: "123456789012345678" },
  { type: "abort", run: 1 },
  { type: "reply", id: 3, value: [1] },
  { type: "reply", id: 3, error },
  { type: "close" },
];

const contenderMessages: readonly ContenderMessage[] = [
  { type: "up" },
  { type: "opened", error: undefined },
  { type: "opened", error },
  { type: "loaded", run: 1, error },
  { type: "done", run: 1, value: 5, error: undefined },
  { type: "request", run: 1, id: 2, topic: "t", body: { any: "thing" } },
  { type: "send", run: 1, topic: "t", body: null },
];

/** Values of every kind, among them pieces of real messages in wrong places. */
const anything: fc.Arbitrary<unknown> = fc.oneof(
  fc.anything({ withNullPrototype: true, withBigInt: true }),
  fc.constantFrom(...ownerMessages, ...contenderMessages, handle, error),
);

/** Messages with one property spoilt. */
function spoilt(messages: readonly object[]): fc.Arbitrary<unknown> {
  return fc
    .constantFrom(...messages)
    .chain((message) =>
      fc
        .tuple(fc.constantFrom(...Object.keys(message)), anything)
        .map(([name, value]) => ({ ...message, [name]: value })),
    );
}

describe("parseOwnerMessage", () => {
  test.for(ownerMessages)("reads %o as it is", (message) => {
    expect(parseOwnerMessage(structuredClone(message))).toEqual(message);
  });

  test.for(ownerMessages)("reads %o as JSON carries it", (message) => {
    expect(parseOwnerMessage(JSON.parse(JSON.stringify(message)))).toEqual(message);
  });

  test.for([
    { ...open, index: -1 },
    { ...open, index: "0" },
    { ...open, count: 1.5 },
    { ...open, seed: Number.NaN },
    { ...open, adapters: "file:///a.ts" },
    { ...open, adapters: [1] },
    { ...open, locks: handle },
    { ...open, locks: [null] },
    { ...open, store: "store" },
    { type: "load", run: 1, workload: 5 },
    { type: "load", run: 2 ** 60, workload: "w" },
    { type: "start", run: 1, startedNs: 5 },
    { type: "start", run: 1, startedNs: "soon" },
    { type: "start", run: 1, startedNs: "" },
    { type: "abort" },
    { type: "reply", id: "3" },
    { type: "nonsense" },
    [],
    null,
    "close",
  ])("refuses %o", (message) => {
    expect(() => parseOwnerMessage(message)).toThrow(
      expect.objectContaining({ code: expect.stringMatching("PROTOCOL_VIOLATION|HANDLE_INVALID") }),
    );
  });

  test("throws nothing but TicketlockError, whatever comes", () => {
    fc.assert(
      fc.property(fc.oneof(anything, spoilt(ownerMessages)), (message) => {
        try {
          parseOwnerMessage(message);
        } catch (refusal) {
          expect(isTicketlockError(refusal)).toBe(true);
        }
      }),
      { numRuns: 500 },
    );
  });
});

describe("parseContenderMessage", () => {
  test.for(contenderMessages)("reads %o as it is", (message) => {
    expect(parseContenderMessage(structuredClone(message))).toEqual(message);
  });

  test.for([
    { type: "loaded" },
    { type: "done", run: -1 },
    { type: "request", run: 1, topic: "t" },
    { type: "request", run: 1, id: 0.5, topic: "t" },
    { type: "request", run: 1, id: 1, topic: "t".repeat(257) },
    { type: "send", run: 1, topic: 5 },
    { type: "send", topic: "t" },
    { type: ["up"] },
    {},
    [],
    undefined,
    "up",
  ])("takes no notice of %o", (message) => {
    expect(parseContenderMessage(message)).toBeUndefined();
  });

  test("throws nothing and makes only what it knows, whatever comes", () => {
    fc.assert(
      fc.property(fc.oneof(anything, spoilt(contenderMessages)), (message) => {
        const parsed = parseContenderMessage(message);
        if (parsed === undefined) return;
        expect(contenderMessages.map(({ type }) => type)).toContain(parsed.type);
        if ("error" in parsed && parsed.error !== undefined)
          expect(isTicketlockError(fromWireError(parsed.error))).toBe(true);
      }),
      { numRuns: 500 },
    );
  });
});
