import type { AcquireOptions, Guard, Lock } from "./lock.ts";
import type { MaybePromise } from "./maybe-promise.ts";

/**
 * Runs `section` while holding `lock`. Whatever the section returns is awaited, thenables included,
 * before the lock is released; what it throws, synchronously or not, comes through after the release,
 * also where the release fails as well.
 */
export async function runExclusive<G extends Guard, T>(
  lock: Pick<Lock<G>, "acquire">,
  section: (guard: G) => MaybePromise<T>,
  options?: AcquireOptions,
): Promise<T> {
  const guard = await lock.acquire(options);
  let result: T;
  try {
    result = await section(guard);
  } catch (error) {
    try {
      await guard.release();
    } catch {
      // Often the consequence (a lost hold fails both); the section's error is the one that tells why.
    }
    throw error;
  }
  await guard.release();
  return result;
}
