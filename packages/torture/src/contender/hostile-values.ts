import type { Draw } from "../plan/draw.ts";

const KEYS = ["__proto__", "constructor", "prototype", "toString", "then", "toJSON", "length", "type", "id", "body", "", "\0", "a"] as const; // prettier-ignore
const TEXTS = ["", "\0", "\ud800", "\u202e", "__proto__", "../../etc/passwd", "/dev/null", "null", "1e999", "${x}", "\n\r\n", "<script>"] as const; // prettier-ignore
const NUMBERS = [0, -0, 1, -1, 0.1, 1e308, -1e308, 2 ** 31, 2 ** 53, -(2 ** 53), 2 ** 32 - 1] as const; // prettier-ignore

/** A long text now and then: as long as no line or message may be. */
const LONG = 70_000;
const LONG_SHARE = 0.002;
const MOST_PARTS = 4;

/** Any JSON value, with keys, texts and numbers among it that programs have stumbled over. */
export function hostileValue(draw: Draw, depth: number): unknown {
  if (draw.chance(LONG_SHARE)) return "x".repeat(LONG);
  if (depth > 0 && draw.chance(0.5)) {
    const parts = Array.from({ length: draw.whole(0, MOST_PARTS) }, () =>
      hostileValue(draw, depth - 1),
    );
    return draw.chance(0.4) ? parts : withKeys(draw, parts);
  }
  return draw.one<unknown>([null, true, false, draw.one(NUMBERS), draw.one(TEXTS), noise(draw)]);
}

/** By JSON: an object literal would take "__proto__" for its prototype. */
function withKeys(draw: Draw, parts: readonly unknown[]): unknown {
  const entries = parts.map((part) => `${JSON.stringify(draw.one(KEYS))}:${JSON.stringify(part)}`);
  return JSON.parse(`{${entries.join()}}`);
}

function noise(draw: Draw): string {
  const units = Array.from({ length: draw.whole(1, 12) }, () => draw.whole(0, 0xffff));
  return String.fromCharCode(...units);
}
