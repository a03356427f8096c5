import type { ErrorCode, MaybePromise } from "@ticketlock/core";

/**
 * What a failed case throws. The suite has its own few assertions, because no assertion module is
 * to be had in every runtime, and because its messages must say which promise was broken.
 */
export class ConformanceError extends Error {
  constructor(message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.name = "ConformanceError";
  }
}

/** Fails the case unless `condition` holds; `promise` says what should have been. */
export function expect(condition: boolean, promise: string): asserts condition {
  if (!condition) throw new ConformanceError(`Broken promise: ${promise}.`);
}

/** Fails the case unless both values are equal; plain data is compared by what it holds. */
export function equal<T>(actual: T, expected: T, promise: string): void {
  if (isEqual(actual, expected)) return;
  throw new ConformanceError(
    `Broken promise: ${promise}. Expected ${show(expected)}, got ${show(actual)}.`,
  );
}

/** What an error must be: one of ticketlock's, by code; or a class of the language's own, by name. */
export type ExpectedError = ErrorCode | "RangeError" | "TypeError";

/** Fails the case unless `action` throws or rejects as expected. Gives what it threw. */
export async function rejects(
  action: () => MaybePromise<unknown>,
  expected: ExpectedError,
  promise: string,
): Promise<unknown> {
  const error = await failureOf(action, promise);
  expect(errorName(error) === expected, `${promise}: expected ${expected}, got ${show(error)}`);
  return error;
}

/** Fails the case unless `action` throws or rejects with `reason` itself, untouched. */
export async function rejectsWith(
  action: () => MaybePromise<unknown>,
  reason: unknown,
  promise: string,
): Promise<void> {
  const error = await failureOf(action, promise);
  expect(
    Object.is(error, reason),
    `${promise}: expected ${show(reason)} itself, got ${show(error)}`,
  );
}

/** An error's code where it has one, else its name: how cases and workloads speak of errors. */
export function errorName(error: unknown): string {
  if (typeof error === "object" && error !== null) {
    if ("code" in error && typeof error.code === "string") return error.code;
    if ("name" in error && typeof error.name === "string") return error.name;
  }
  return String(error);
}

async function failureOf(action: () => MaybePromise<unknown>, promise: string): Promise<unknown> {
  let value: unknown;
  try {
    value = await action();
  } catch (error) {
    if (error instanceof ConformanceError) throw error;
    return error;
  }
  throw new ConformanceError(
    `Broken promise: ${promise}. Nothing was thrown, but ${show(value)} returned.`,
  );
}

function isEqual(a: unknown, b: unknown): boolean {
  if (Object.is(a, b)) return true;
  if (typeof a !== "object" || typeof b !== "object" || a === null || b === null) return false;
  if (Array.isArray(a) !== Array.isArray(b)) return false;
  const keys = Object.keys(a);
  if (keys.length !== Object.keys(b).length) return false;
  return keys.every(
    (key) => Object.hasOwn(b, key) && isEqual(a[key as keyof typeof a], b[key as keyof typeof b]),
  );
}

const SHOWN_LENGTH = 400;

/** A value in a message: short, and never in the way by failing itself. */
export function show(value: unknown): string {
  if (value instanceof Error) return `${errorName(value)} (${value.message})`;
  if (typeof value === "string") return JSON.stringify(value).slice(0, SHOWN_LENGTH);
  if (typeof value !== "object" || value === null) return String(value);
  try {
    return JSON.stringify(value, (_key, item: unknown) =>
      typeof item === "bigint" ? String(item) : item,
    ).slice(0, SHOWN_LENGTH);
  } catch {
    return Object.prototype.toString.call(value);
  }
}
