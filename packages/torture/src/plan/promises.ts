/** The project's promises, with their words and numbers. */
export const promises = {
  P1: "never oversell: sold is at most the capacity, serials are dense and unique, journal and counter agree",
  P2: "a killed holder is survived: every waiter is granted, the next one is told, tokens rise, nothing is lost",
  P3: "a paused holder is survived: it keeps its lock; a commit that comes too late is refused",
  P4: "a terminated worker is survived where its end is its death",
  P5: "a zombie worker is harmless: it never commits, and its end grants nothing by itself",
  P6: "a holder that throws, exits or runs out of memory is survived",
  P7: "the owner or broker dies or stops: its clients end with it or wait, and tokens rise above all that a store has seen",
  P8: "a crash while a durable store is written loses no acknowledged sale and resets nothing",
  P9: "a full disk, an I/O error or a short write is an error to the caller and leaves the old state",
  P10: "clocks that jump change nothing",
  P11: "no deadlock and no lost wake-up: every waiter is granted; in order where the lock says so",
  P12: "linearizable: the recorded history of every lock and store is",
  P13: "a retried order is sold once",
  P14: "bounded memory: who waits or does not read is limited, and an error tells the rest",
  P15: "hostile input is refused with a clear error and changes nothing",
  P16: "the checks can fail: every broken lock and store turns its harness red",
} as const;

export type PromiseId = keyof typeof promises;

export const promiseIds: readonly PromiseId[] = Object.keys(promises) as PromiseId[];

/** What tries a promise that rounds do not try. */
export const elsewhere: Readonly<Partial<Record<PromiseId, string>>> = {
  P14: "pnpm test (queues and outboxes of each package)",
  P16: "pnpm test (torture, conformance, explorer and history on broken twins)",
};
