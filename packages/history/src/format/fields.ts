import { HistoryFault, quote } from "./history-fault.ts";

/** Keys through which parsed data could reach into the objects of a program. */
const REFUSED: ReadonlySet<string> = new Set(["__proto__", "constructor", "prototype"]);

const MAX_NAME_CHARACTERS = 256;

/** What a register may hold, a JSON value without parts. */
export type Scalar = null | boolean | string | number;

/**
 * Reads one JSON object strictly: each key is asked for by name and type, and what nobody has asked
 * for is a fault.
 *
 * Every method throws a `HistoryFault` where the line is not as it must be.
 */
export class Fields {
  readonly #path: string;
  readonly #values: ReadonlyMap<string, unknown>;
  readonly #asked = new Set<string>();

  /** @param path - the key under which the object stands, for messages; "" for the line itself */
  constructor(value: unknown, path = "") {
    if (typeof value !== "object" || value === null || Array.isArray(value)) {
      throw path === ""
        ? new HistoryFault(
            "HISTORY_NOT_JSON",
            `it is ${quote(value)}, not a JSON object. Write one call on each line, as {...}.`,
          )
        : invalid(path, value, "a JSON object");
    }
    const entries = Object.entries(value);
    for (const [key] of entries) {
      if (!REFUSED.has(key)) continue;
      throw new HistoryFault(
        "HISTORY_KEY_REFUSED",
        `${quote(key)} may not be a key. Rename it, or leave it out.`,
      );
    }
    this.#path = path;
    this.#values = new Map(entries);
  }

  has(key: string): boolean {
    this.#asked.add(key);
    return this.#values.has(key);
  }

  /** The object under `key`; one without keys where there is none. */
  object(key: string): Fields {
    return new Fields(this.has(key) ? this.#values.get(key) : {}, this.#name(key));
  }

  /** The value under `key` as it was parsed, to be read later. */
  raw(key: string): unknown {
    return this.#value(key);
  }

  /** A text of 1 to 256 characters, or an integer, which counts as its digits. */
  name(key: string): string {
    const value = this.#value(key);
    if (typeof value === "number" && Number.isSafeInteger(value)) return String(value);
    if (typeof value === "string" && value.length > 0 && value.length <= MAX_NAME_CHARACTERS)
      return value;
    throw this.#invalid(key, `a text of 1 to ${MAX_NAME_CHARACTERS} characters`);
  }

  flag(key: string): boolean {
    const value = this.#value(key);
    if (typeof value === "boolean") return value;
    throw this.#invalid(key, "true or false");
  }

  oneOf<T extends string>(key: string, allowed: readonly T[]): T {
    const value = this.#value(key);
    const found = allowed.find((each) => each === value);
    if (found !== undefined) return found;
    throw this.#invalid(key, allowed.map(quote).join(", "));
  }

  count(key: string, least: number): number {
    const value = this.#value(key);
    if (typeof value === "number" && Number.isSafeInteger(value) && value >= least) return value;
    throw this.#invalid(key, `a whole number from ${least} to ${Number.MAX_SAFE_INTEGER}`);
  }

  /** A 64-bit integer: a number as long as it is exact, or a text of digits. */
  integer(key: string): bigint {
    const value = this.#value(key);
    if (typeof value === "number" && Number.isSafeInteger(value)) return BigInt(value);
    if (typeof value === "string" && /^-?\d{1,19}$/.test(value)) {
      const integer = BigInt(value);
      if (BigInt.asIntN(64, integer) === integer) return integer;
    }
    throw this.#invalid(
      key,
      `a whole number up to ${Number.MAX_SAFE_INTEGER}, or a text of digits within 64 bits`,
    );
  }

  scalar(key: string): Scalar {
    const value = this.#value(key);
    if (value === null || typeof value === "boolean" || typeof value === "string") return value;
    if (typeof value === "number" && Number.isSafeInteger(value)) return value === 0 ? 0 : value; // -0 is 0
    throw this.#invalid(
      key,
      "null, true, false, a text, or a whole number up to 9007199254740991; write other numbers as texts, since two of them may be one to JSON",
    );
  }

  /** Says that all has been asked for. */
  end(): void {
    for (const key of this.#values.keys()) {
      if (this.#asked.has(key)) continue;
      throw new HistoryFault(
        "HISTORY_KEY_UNKNOWN",
        `it has the key ${quote(this.#name(key))}, which means nothing here. Leave it out; allowed: ${[...this.#asked].join(", ") || "none"}.`,
      );
    }
  }

  #value(key: string): unknown {
    if (this.has(key)) return this.#values.get(key);
    throw new HistoryFault("HISTORY_KEY_MISSING", `it has no ${quote(this.#name(key))}. Write it.`);
  }

  #invalid(key: string, allowed: string): HistoryFault {
    return invalid(this.#name(key), this.#values.get(key), allowed);
  }

  #name(key: string): string {
    return this.#path === "" ? key : `${this.#path}.${key}`;
  }
}

function invalid(name: string, value: unknown, allowed: string): HistoryFault {
  return new HistoryFault(
    "HISTORY_VALUE_INVALID",
    `${quote(name)} is ${quote(value)}. Allowed: ${allowed}.`,
  );
}
