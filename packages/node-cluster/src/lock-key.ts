import { isLockName } from "@ticketlock/mapped-memory/state";

const MADE_KEY = /^#[0-9a-f-]{36}$/;

/** What the broker calls a lock: the name that users share, or `#` and a UUID for one that only its handle leads to. */
export function isLockKey(key: unknown): key is string {
  return isLockName(key) || isMadeKey(key);
}

/** True for a lock without a name. A name cannot start with `#`, so the two never meet. */
export function isMadeKey(key: unknown): key is string {
  return typeof key === "string" && MADE_KEY.test(key);
}

export function makeKey(uuid: string): string {
  return `#${uuid}`;
}
