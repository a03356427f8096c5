import { isTicketlockError, type MaybePromise } from "@ticketlock/core";
import { describe } from "../contender/selling.ts";

/** The pattern of names as it is documented. Written out here: what is to be found out may be wrong there. */
const NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$/;

/** What is wrong with how a lock of a name was opened or refused; `undefined` if nothing is. */
export async function nameFault(
  name: unknown,
  open: () => MaybePromise<unknown>,
): Promise<string | undefined> {
  const isName = typeof name === "string" && NAME.test(name);
  const error = await errorOf(open);
  // Some take a handle in its place, and say that this is none.
  const isRefused =
    isTicketlockError(error, "NAME_INVALID") ||
    (typeof name !== "string" && isTicketlockError(error, "HANDLE_INVALID"));
  if (isName === !isRefused) return undefined;
  if (isName) return `the name ${show(name)}, which a lock may have, was refused`;
  return `the name ${show(name)}, which no lock may have, was ${error === undefined ? "accepted" : `refused with ${describe(error)}`}`;
}

/** What is wrong with how a text that nobody has written so was read; `undefined` if nothing is. */
export async function textFault(
  text: Buffer,
  read: () => MaybePromise<unknown>,
): Promise<string | undefined> {
  const error = await errorOf(read);
  if (isTicketlockError(error, "STORE_CORRUPT")) return undefined;
  return `the text ${show(text.toString("latin1"))} was ${error === undefined ? "read as if it were whole" : `refused with ${describe(error)}`}`;
}

/** Fields whose values readers pass on as they came: whoever handles them checks them. */
const PASSED_ON: ReadonlySet<string> = new Set(["body", "value", "input", "data"]);
const REFUSED_KEYS = ["__proto__", "constructor", "prototype"] as const;

/**
 * What is wrong with an object that a reader has made of a message; `undefined` if nothing is: it must be a fresh
 * one of plain parts, none of which the message has as well.
 */
export function freshFault(made: unknown, message: unknown): string | undefined {
  const theirs = new Set<unknown>();
  partsOf(message, theirs);
  const own = new Set<unknown>();
  partsOf(made, own);
  for (const part of own) {
    if (theirs.has(part)) return "it shares an object with the message";
    const prototype: unknown = Object.getPrototypeOf(part);
    if (prototype !== Object.prototype && prototype !== Array.prototype && prototype !== null)
      return "it has a prototype that came with the message";
    const key = REFUSED_KEYS.find((one) => Object.hasOwn(part as object, one));
    if (key !== undefined) return `it has a field ${key}`;
  }
  return undefined;
}

/** All objects in a value, itself included, but what is passed on. */
function partsOf(value: unknown, found: Set<unknown>): void {
  if (typeof value !== "object" || value === null || found.has(value)) return;
  found.add(value);
  for (const [name, part] of Object.entries(value)) if (!PASSED_ON.has(name)) partsOf(part, found);
}

async function errorOf(act: () => MaybePromise<unknown>): Promise<unknown> {
  try {
    await act();
    return undefined;
  } catch (error) {
    return error;
  }
}

/** A value in a line, not too long. */
export function show(value: unknown): string {
  return (JSON.stringify(value) ?? String(value)).slice(0, 200);
}
