import type { AcquireOptions, Guard, Lock } from "./lock.ts";
import type { MaybePromise } from "./maybe-promise.ts";

/**
 * Runs `section` while holding `lock`. Whatever the section returns is awaited, thenables included,
 * before the lock is released; what it throws, synchronously or not, comes through after the release.
 */
export async function runExclusive<G extends Guard, T>(
  lock: Pick<Lock<G>, "acquire">,
  section: (guard: G) => MaybePromise<T>,
  options?: AcquireOptions,
): Promise<T> {
  const guard = await lock.acquire(options);
  try {
    return await section(guard);
  } finally {
    await guard.release();
  }
}
