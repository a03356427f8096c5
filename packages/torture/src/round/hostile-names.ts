import { existsSync, readdirSync } from "node:fs";
import type { Lock, MaybePromise } from "@ticketlock/core";
import { hostileValue } from "../contender/hostile-values.ts";
import type { Draw } from "../plan/draw.ts";

/** How the packages of adapters open a lock by name, where they do. */
type OpenMutex = (
  name: unknown,
  options: { readonly stateDirectory: string },
) => MaybePromise<Pick<Lock, "close">>;

/** What a user imports lies beside the adapter's module, in the package's entrance. */
export async function openMutexOf(adapterUrl: string): Promise<OpenMutex | undefined> {
  const entrance = new URL(`./index.${adapterUrl.endsWith(".ts") ? "ts" : "js"}`, adapterUrl);
  if (entrance.protocol !== "file:" || !existsSync(entrance)) return undefined;
  const { openMutex } = (await import(entrance.href)) as { readonly openMutex?: unknown };
  return typeof openMutex === "function" ? (openMutex as OpenMutex) : undefined;
}

const NAMES = ["", ".", "..", "../x", "a/b", "/etc/passwd", "-x", "x\0y", "x".repeat(129), "COM1", "a\n", "%2e%2e"] as const; // prettier-ignore

const LETTERS = "ABCXYZabcxyz0123456789";
const INNER = `${LETTERS}._-`;
/** What a pattern may let through by mistake: ends of lines, look-alikes, halves of characters. */
const STRANGE = [
  "\n",
  "\r",
  "\0",
  " ",
  "/",
  "\\",
  ":",
  "\u0430",
  "\ud800",
  "\u2028",
  "\u00e9",
  "%",
  "~",
] as const;
const MOST_CHARACTERS = 128;

/** A name that no lock may have, one that is almost a name, a name, or noise. */
export function hostileName(draw: Draw): unknown {
  const share = draw.share();
  if (share < 0.3) return draw.one(NAMES);
  if (share < 0.5) return hostileValue(draw, 1);
  const name = drawName(draw);
  if (share < 0.6) return name;
  const at = draw.whole(0, name.length);
  if (share < 0.8) return name.slice(0, at) + draw.one(STRANGE) + name.slice(at);
  return draw.one([`.${name}`, `-${name}`, `_${name}`, name.padEnd(MOST_CHARACTERS + 1, "x")]);
}

function drawName(draw: Draw): string {
  const length = draw.one([1, 2, draw.whole(3, 20), MOST_CHARACTERS]);
  const rest = Array.from({ length: length - 1 }, () => draw.one([...INNER]));
  return draw.one([...LETTERS]) + rest.join("");
}

/** What lies in a folder besides the one directory in which names may be kept. */
export function strangers(folder: string, known: ReadonlySet<string>): string[] {
  return readdirSync(folder).filter((name) => !known.has(name));
}
