/** Acquisitions that may wait for one lock, where its maker has not said otherwise. */
export const DEFAULT_WAITERS = 4_096;
/** The most that its maker may ask for. */
export const MAX_WAITERS = 65_536;
/** Acquisitions that one process may have waiting, over all locks. */
export const MAX_PENDING = 65_536;
/** Locks that one broker keeps, and openings of locks that one process may have. */
export const MAX_LOCKS = 100_000;
/** Messages, and bytes of them, that may wait for a process which does not read. */
export const MAX_OUTBOX_MESSAGES = 16_384;
export const MAX_OUTBOX_BYTES: number = 4 * 2 ** 20;
/** How long a process waits for the first answer of a broker before it concludes that there is none. */
export const HANDSHAKE_LIMIT_MS = 5_000;
/** A broker may be made later than the first question: it is asked again so often. */
export const HANDSHAKE_RETRY_MS = 100;
/** Tokens start at most here, so that 2^52 of them remain. */
export const MAX_TOKENS_ABOVE: number = 2 ** 52;
/** Characters of a state directory's path. */
export const MAX_PATH = 4_096;
/** Requests that one message may carry. */
export const MAX_BATCH = 64;
