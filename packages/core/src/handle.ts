import { TicketlockError } from "./errors.ts";

/**
 * Plain data from which another contender opens the same lock or store. Structured-cloneable
 * always, and JSON where nothing in it is tied to a SharedArrayBuffer.
 *
 * Opening a handle imports nothing: `module` is matched against the providers that the program has
 * loaded itself, so a handle that came in a message cannot name code to run.
 */
export interface Handle {
  /** Package name of the provider that made it. */
  readonly module: string;
  /** Kind of lock or store, as its provider names it. */
  readonly kind: string;
  /** Version of the layout behind it; another version is refused. */
  readonly version: number;
  /** What the provider needs to open it. */
  readonly data: unknown;
}

/**
 * Reads `value` as a handle.
 * @throws {TicketlockError} `HANDLE_INVALID` if it is none.
 */
export function parseHandle(value: unknown): Handle {
  if (typeof value === "object" && value !== null) {
    const { module, kind, version, data } = value as Record<string, unknown>;
    if (typeof module === "string" && typeof kind === "string" && typeof version === "number") {
      return { module, kind, version, data };
    }
  }
  throw new TicketlockError(
    "HANDLE_INVALID",
    `Cannot open ${describe(value)}: it is not a handle. Pass the \`handle\` property of a lock or store, unchanged.`,
  );
}

/**
 * Checks that a handle was made by `module` for one of `kinds` in layout `version`.
 * @throws {TicketlockError} `HANDLE_INVALID` with what was expected and what was found.
 */
export function checkHandle(
  value: unknown,
  expected: { module: string; kinds: Iterable<string>; version: number },
): Handle {
  const handle = parseHandle(value);
  const kinds = [...expected.kinds];
  const refuse = (what: string, found: unknown, allowed: string): never => {
    throw new TicketlockError(
      "HANDLE_INVALID",
      `Cannot open the handle: its ${what} is ${String(found)}, expected ${allowed}.`,
    );
  };
  if (handle.module !== expected.module) refuse("module", handle.module, expected.module);
  if (!kinds.includes(handle.kind)) refuse("kind", handle.kind, kinds.join(" or "));
  if (handle.version !== expected.version) {
    refuse(
      "version",
      handle.version,
      `${expected.version}; use the same release of ${expected.module} on both sides`,
    );
  }
  return handle;
}

function describe(value: unknown): string {
  return value === null
    ? "null"
    : typeof value === "object"
      ? "this object"
      : `${typeof value} ${String(value)}`;
}
