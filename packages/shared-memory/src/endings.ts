/**
 * A thread that was ended in the middle of a step, as it took a lock or inside a store's change, has
 * done with it within microseconds of running on, or is seen to be gone; on a busy machine either
 * takes its time. One that has done neither after so long stands still for good.
 */
export const STANDSTILL_MS = 5_000;

/**
 * What is known of threads that were ended but may run on: their marks. Present only where a
 * platform's exit is not death.
 */
export interface Endings {
  /**
   * Marks every slot of the thread of this number as ended, or as dead where there is evidence that it
   * is gone, and calls `lose` for each that is marked as ended. Idempotent.
   */
  markEnded(threadId: number, lose: (member: number) => void): void;
  /** True if the member was ended, and nobody may free what it holds. */
  isEnded(member: number): boolean;
  /** The same for the calling thread, at the price of a plain read. */
  wasEnded(me: number): boolean;
}
