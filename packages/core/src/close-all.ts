import type { MaybePromise } from "./maybe-promise.ts";

/** Closes one after the other, whatever those before have thrown; throws the first error when all have had their turn. */
export async function closeAll(
  all: Iterable<{ close(): MaybePromise<void> } | undefined>,
): Promise<void> {
  const errors: unknown[] = [];
  for (const one of all) {
    try {
      await one?.close();
    } catch (error) {
      errors.push(error);
    }
  }
  if (errors.length > 0) throw errors[0];
}
