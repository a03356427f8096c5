import { type Contender, isBlockingLock, isTicketlockError } from "@ticketlock/core";

/** Topic on which the victim asks for the words in which it says what it does, a SharedArrayBuffer. */
export const GATE_TOPIC = "bench:gate";

/** Words of the gate. The victim is asleep on the first when it is ended in its section. */
export const GATE = 0;
/** How far it has come: `IN_LINE`, then `INSIDE`. */
export const PLACE = 1;
export const GRANTED = 2;
/** It has gone on after it was woken; with what came of its commit or of its place in the line. */
export const RAN_ON = 3;
export const ACCEPTED = 4;
export const REFUSED = 5;
export const GATE_WORDS = 6;

export const IN_LINE = 1;
export const INSIDE = 2;

/** Who is to be ended where. */
export interface RunOnInput {
  readonly victim: number;
  /** Ended in its section; else in line, before it is granted. */
  readonly holds: boolean;
}

/**
 * One contender is ended from outside, in Atomics.wait, and does whatever it can if it runs on when it
 * is woken later. It awaits nothing after it was granted: a thread that has ended answers no promise.
 */
export default async function runOn(
  contender: Contender,
  { victim, holds }: RunOnInput,
): Promise<void> {
  if (contender.index !== victim) return;
  const gate = new Int32Array(
    (await contender.channel.request(GATE_TOPIC, null)) as SharedArrayBuffer,
  );
  const lock = contender.lock();
  if (!isBlockingLock(lock))
    throw new Error("Cannot be ended in its sleep: the lock does not block.");
  Atomics.store(gate, PLACE, IN_LINE);
  try {
    const { token } = lock.acquireSync();
    Atomics.store(gate, GRANTED, 1);
    const inventory = contender.store.read(token);
    if (inventory instanceof Promise) throw new Error("Cannot run on: the store must be awaited.");
    Atomics.store(gate, PLACE, INSIDE);
    if (holds) Atomics.wait(gate, GATE, 0);
    Atomics.store(gate, RAN_ON, 1);
    const next = { ...inventory, remaining: inventory.remaining - 1 };
    const result = contender.store.write(next, { token });
    if (result === "written") Atomics.store(gate, ACCEPTED, 1);
  } catch (error) {
    Atomics.store(gate, RAN_ON, 1);
    if (isTicketlockError(error)) Atomics.store(gate, REFUSED, 1);
  }
}
