/** Hands one line to the operating system and calls back when that is done, or has failed. */
export type WriteLine = (line: string, written: () => void) => void;

/** Lines that may wait for a process that does not read. */
export const MAX_OUTBOX_LINES = 16_384;
/** Characters that may wait when one line more is posted: the longest line fits in any case. */
export const MAX_OUTBOX_LENGTH: number = 8 * 1024 * 1024;

/**
 * Bounds what waits for a process that does not read: every runtime would keep it all in memory. A
 * stopped process (SIGSTOP) sends no event and looks alive, so only the length of its queue tells.
 */
export class Outbox {
  readonly #write: WriteLine;
  readonly #overflow: () => void;
  #lines = 0;
  #length = 0;
  #isOver = false;

  /** `overflow` is called once, when a bound is passed: that line and all later ones are dropped. */
  constructor(write: WriteLine, overflow: () => void) {
    this.#write = write;
    this.#overflow = overflow;
  }

  post(line: string): void {
    if (this.#isOver) return;
    if (this.#lines >= MAX_OUTBOX_LINES || this.#length > MAX_OUTBOX_LENGTH) {
      this.#isOver = true;
      return this.#overflow();
    }
    this.#lines++;
    this.#length += line.length;
    // Also called for an error, which means that the pipe is closed; who listens for its end deals with that.
    this.#write(line, () => {
      this.#lines--;
      this.#length -= line.length;
    });
  }
}
