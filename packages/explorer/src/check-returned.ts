import { CannotExplore } from "./cannot-explore.ts";

/**
 * @throws {CannotExplore} if what a program has returned may go on later, as the promise of an async
 * function or the iterator of a generator: what it does then would never be explored
 */
export function checkReturned(returned: unknown): void {
  const isPrimitive = typeof returned !== "function" && Object(returned) !== returned;
  if (isPrimitive) return;
  silence(returned);
  throw new CannotExplore(
    `a program returned ${describe(returned)}, and only what runs to its end at once is explored. Let it be a plain function that calls the code step by step and returns nothing; where the code awaits, let it sleep with Atomics.wait.`,
  );
}

/** @throws {CannotExplore} if a check of the model says anything but what is wrong, or nothing */
export function checkAnswer(name: "always" | "whenOver", answer: unknown): string | undefined {
  if (answer === undefined || typeof answer === "string") return answer;
  silence(answer);
  throw new CannotExplore(
    `${name} returned ${describe(answer)}. Let it return what is wrong in a string, or undefined, and at once.`,
  );
}

/** Nobody will ask what became of it. */
function silence(returned: unknown): void {
  if (returned instanceof Promise) returned.catch(() => {});
}

function describe(returned: unknown): string {
  if (typeof returned === "function") return "a function";
  if (Object(returned) !== returned) return String(returned);
  const { then, next } = returned as { readonly then?: unknown; readonly next?: unknown };
  if (typeof then === "function") return "a promise";
  return typeof next === "function" ? "an iterator" : "an object";
}
