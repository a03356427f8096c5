/** A value, or a promise of it: what is synchronous in memory may take a round trip elsewhere. */
export type MaybePromise<T> = T | Promise<T>;
