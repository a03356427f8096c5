import { createHash } from "node:crypto";
import { TicketlockError } from "@ticketlock/core";

const NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$/;
/** Of 64 hexadecimal digits; 160 bits keep names apart as surely. */
const STEM_DIGITS = 40;

/** True if a lock may be called `name`: 1 to 128 letters, digits, dots, underscores and hyphens, the first a letter or digit. */
export function isLockName(name: unknown): name is string {
  return typeof name === "string" && NAME.test(name);
}

/** @throws {TicketlockError} `NAME_INVALID` unless a lock may be called `name`. */
export function checkLockName(name: unknown): string {
  if (isLockName(name)) return name;
  throw new TicketlockError(
    "NAME_INVALID",
    `Cannot use ${describe(name)} as a lock's name: it must have 1 to 128 letters, digits, dots, underscores and hyphens, and start with a letter or digit.`,
  );
}

/**
 * The first part of the names of all files that belong to the lock: a hash, because file systems
 * may be shorter of room than a name is long, and may not tell `Orders` from `orders`.
 */
export function fileStem(name: string): string {
  return createHash("sha256").update(checkLockName(name)).digest("hex").slice(0, STEM_DIGITS);
}

function describe(name: unknown): string {
  if (typeof name !== "string") return name === null ? "null" : `a value of type ${typeof name}`;
  return JSON.stringify(name.length > 40 ? `${name.slice(0, 40)}...` : name);
}
