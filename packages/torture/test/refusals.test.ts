import { readdirSync } from "node:fs";
import { join } from "node:path";
import { parseContenderMessage, parseOwnerMessage, TicketlockError } from "@ticketlock/core";
import { describe, expect, test } from "vitest";
import { hostileMessage } from "../src/contender/hostile-messages.ts";
import { ownerMessage, sessionMessage, spoilt } from "../src/contender/well-formed.ts";
import { Draw } from "../src/plan/draw.ts";
import { drawRound } from "../src/plan/draw-round.ts";
import { hostileName } from "../src/round/hostile-names.ts";
import { freshFault, nameFault, textFault } from "../src/round/refusals.ts";
import { brokenEntry, playDirected } from "./support/twins.ts";
import { casts } from "./support/sample-casts.ts";

const MANY = 2_000;
const TEST_LIMIT_MS = 120_000;

const refuses = (code: "NAME_INVALID" | "STORE_CORRUPT" | "LOCK_LOST") => (): never => {
  throw new TicketlockError(code, "Cannot do that: it is refused.");
};

describe("nameFault", () => {
  test("finds out whoever accepts what is no name, or refuses it for another reason", async () => {
    for (const name of ["", "../x", "a\n", ".a", "x".repeat(129), "\u0430", null, 3]) {
      expect(await nameFault(name, () => undefined)).toMatch(
        /which no lock may have, was accepted/,
      );
      expect(await nameFault(name, refuses("LOCK_LOST"))).toMatch(/refused with LOCK_LOST/);
      expect(await nameFault(name, refuses("NAME_INVALID"))).toBeUndefined();
    }
  });

  test("finds out whoever refuses a name, and takes any other reason for not opening it", async () => {
    for (const name of ["a", "COM1", "a.b-c_d", "x".repeat(128)]) {
      expect(await nameFault(name, refuses("NAME_INVALID"))).toMatch(/which a lock may have, was refused/); // prettier-ignore
      expect(await nameFault(name, refuses("LOCK_LOST"))).toBeUndefined();
      expect(await nameFault(name, () => undefined)).toBeUndefined();
    }
  });

  test("is asked about names and about what is almost a name", () => {
    const draw = new Draw(1);
    const names = Array.from({ length: MANY }, () => hostileName(draw));
    const isName = (name: unknown): boolean => typeof name === "string" && /^[A-Za-z0-9][\w.-]{0,127}$/.test(name); // prettier-ignore
    const share = names.filter(isName).length / MANY;
    expect(share).toBeGreaterThan(0.05);
    expect(share).toBeLessThan(0.5);
    // A pattern whose end is that of a line, one without an end, and one without a beginning.
    for (const lax of [/^[A-Za-z0-9][\w.-]{0,127}$/m, /^[A-Za-z0-9][\w.-]{0,127}/, /[\w.-]{1,128}$/])
      expect(names.some((name) => typeof name === "string" && lax.test(name) && !isName(name))).toBe(true); // prettier-ignore
  });
});

test("textFault finds out whoever reads a text that nobody has written so", async () => {
  const text = Buffer.from("{}");
  expect(await textFault(text, () => undefined)).toMatch(/read as if it were whole/);
  expect(await textFault(text, refuses("LOCK_LOST"))).toMatch(/refused with LOCK_LOST/);
  expect(await textFault(text, refuses("STORE_CORRUPT"))).toBeUndefined();
});

describe("freshFault", () => {
  const message = { type: "send", adapters: ["a"], body: { any: 1 } };

  test.for<[string, (message: object) => unknown]>([
    ["the message itself", (given) => given],
    ["a copy of its first level", (given) => ({ ...given })],
    ["an object that inherits from it", (given) => Object.create(given) as unknown],
    ["a field that no object may have", () => JSON.parse('{"__proto__":1}') as unknown],
  ])("finds out a reader that gives %s", ([, read]) => {
    expect(freshFault(read(message), message)).toBeDefined();
  });

  test("finds nothing wrong with what is made of new parts and passes a body on", () => {
    expect(freshFault({ type: "send", adapters: ["a"], body: message.body }, message)).toBeUndefined(); // prettier-ignore
    expect(freshFault(undefined, message)).toBeUndefined();
    const draw = new Draw(2);
    for (let i = 0; i < MANY; i++) {
      const whole = draw.chance(0.5) ? sessionMessage(draw) : ownerMessage(draw);
      const given = draw.chance(0.5) ? spoilt(draw, whole) : whole;
      expect(freshFault(parseContenderMessage(given), given)).toBeUndefined();
      try {
        expect(freshFault(parseOwnerMessage(given), given)).toBeUndefined();
      } catch (error) {
        if (!(error instanceof TicketlockError)) throw error;
      }
    }
  });
});

test("hostile messages are noise in part, and in part such as an owner reads", () => {
  const draw = new Draw(3);
  const overheard = { seats: [5], tokens: [9], keys: ["#key"] };
  const bodies = Array.from({ length: MANY }, () => hostileMessage(draw, overheard)).map(
    (message) =>
      typeof message === "object" &&
      message !== null &&
      "body" in message &&
      "ticketlock" in message
        ? message.body
        : message,
  );
  const read = bodies.filter((body) => parseContenderMessage(body) !== undefined).length;
  expect(read / MANY).toBeGreaterThan(0.15);
  expect(read / MANY).toBeLessThan(0.6);
  const releases = bodies.flat().filter((body): body is Record<string, unknown> => (body as { type?: unknown } | null)?.type === "release"); // prettier-ignore
  // Under its own number and under others', by the token that was seen and by others.
  for (const field of ["seat", "token"]) expect(new Set(releases.map((one) => one[field])).size).toBeGreaterThan(3); // prettier-ignore
  expect(releases.some(({ seat, token }) => seat === 5 && token === 9)).toBe(true);
});

test(
  "a round of input finds out who takes every name and every text",
  { timeout: TEST_LIMIT_MS },
  async () => {
    const entry = brokenEntry("credulous/adapter");
    const plan = { ...drawRound(1, 0, casts), fault: "input", lock: null, store: null } as const;
    const { findings } = await playDirected(entry, { ...plan, waves: [] }, TEST_LIMIT_MS);
    const found = findings.map(({ promise, sentence }) => `${promise}: ${sentence}`);
    expect(found).toContainEqual(expect.stringMatching(/^P15: openMutex: the name .*, which no lock may have, was accepted/)); // prettier-ignore
    expect(found).toContainEqual(expect.stringMatching(/^P15: a store of kind json-durable: the text .* was read as if/)); // prettier-ignore
    expect(readdirSync(join(entry.directory, "credulous")).toSorted()).toEqual(["adapter.ts", "index.ts"]); // prettier-ignore
  },
);
