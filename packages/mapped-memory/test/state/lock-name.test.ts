import { basename, join } from "node:path";
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { checkLockName, claimName, fileStem, isLockName } from "../../src/state/index.ts";
import { errorOf, testState } from "./test-directory.ts";

const LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
const FIRST = `${LETTERS}0123456789`;
const REST = `${FIRST}._-`;

/** The rule of the documentation, said a second time: without a pattern, character by character. */
function mayBeAName(value: unknown): boolean {
  if (typeof value !== "string" || value.length < 1 || value.length > 128) return false;
  return FIRST.includes(value.charAt(0)) && [...value].every((one) => REST.includes(one));
}

const name = fc
  .tuple(fc.constantFrom(...FIRST), fc.string({ unit: fc.constantFrom(...REST), maxLength: 127 }))
  .map(([first, rest]) => first + rest);

/** Names with something in them that file systems, shells or this pattern could stumble over. */
const nearlyAName = fc
  .tuple(
    name,
    fc.nat(128),
    fc.constantFrom(
      "/",
      "..",
      "\0",
      "\n",
      "é",
      "İ",
      "\u2028",
      " ",
      "🎟",
      "\\",
      ":",
      "~",
      "A".repeat(128),
    ),
  ) // prettier-ignore
  .map(([text, at, what]) => text.slice(0, at) + what + text.slice(at));

const anything = fc.oneof(name, nearlyAName, fc.string({ unit: "binary" }), fc.anything());
const RUNS = 20_000;

describe("a lock's name", () => {
  it("is what the documentation says, and anything else is NAME_INVALID in one short line", () => {
    fc.assert(
      fc.property(anything, (value) => {
        expect(isLockName(value)).toBe(mayBeAName(value));
        if (isLockName(value)) {
          expect(checkLockName(value)).toBe(value);
          return;
        }
        const error = errorOf(() => checkLockName(value));
        expect(error).toMatchObject({ code: "NAME_INVALID" });
        expect(error.message.length).toBeLessThan(500);
        expect(error.message).not.toMatch(/[\n\r\0]/);
      }),
      { numRuns: RUNS },
    );
  });

  it("leads to a file of its own, also where a file system does not tell capitals apart", () => {
    fc.assert(
      fc.property(name, name, (one, other) => {
        const [a, b] = [fileStem(one), fileStem(other)];
        expect(a).toMatch(/^[0-9a-f]{40}$/);
        expect(a === b).toBe(one === other);
        const [upper, lower] = [one.toUpperCase(), one.toLowerCase()];
        expect(fileStem(upper) === fileStem(lower)).toBe(upper === lower);
      }),
      { numRuns: RUNS },
    );
  });

  it("is claimed inside the state directory, whatever it is", () => {
    const directory = testState();
    fc.assert(
      fc.property(anything, (value) => {
        const claim = (): string => claimName(directory, value as string, "ipc").path;
        if (!mayBeAName(value)) {
          expect(errorOf(claim)).toMatchObject({ code: "NAME_INVALID" });
          return;
        }
        const path = claim();
        expect(path).toBe(join(directory, basename(path)));
      }),
      { numRuns: 500 },
    );
  });
});
