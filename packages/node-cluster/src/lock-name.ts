const NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$/;
const MADE_KEY = /^#[0-9a-f-]{36}$/;

/** True if a mutex may be called `name`: 1 to 128 letters, digits, dots, underscores and hyphens, the first a letter or digit. */
export function isLockName(name: unknown): name is string {
  return typeof name === "string" && NAME.test(name);
}

/** @throws {TypeError | RangeError} unless a mutex may be called `name`. */
export function checkLockName(name: unknown): string {
  if (isLockName(name)) return name;
  if (typeof name !== "string")
    throw new TypeError(`Cannot use a mutex name of type ${typeof name}: it must be a string.`);
  const shown = JSON.stringify(name.length > 40 ? `${name.slice(0, 40)}...` : name);
  throw new RangeError(
    `Cannot use the mutex name ${shown}: it must have 1 to 128 letters, digits, dots, underscores and hyphens, and start with a letter or digit.`,
  );
}

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
