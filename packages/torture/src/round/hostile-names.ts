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

/** A name that no lock may have, or noise. */
export function hostileName(draw: Draw): unknown {
  return draw.chance(0.6) ? draw.one(NAMES) : hostileValue(draw, 1);
}

/** What lies in a folder besides the one directory in which names may be kept. */
export function strangers(folder: string, known: ReadonlySet<string>): string[] {
  return readdirSync(folder).filter((name) => !known.has(name));
}
