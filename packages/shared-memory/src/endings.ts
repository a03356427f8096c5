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
