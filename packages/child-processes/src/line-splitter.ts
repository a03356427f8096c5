import { TicketlockError } from "@ticketlock/core";

/** Longest line in characters that either end of a process's pipes takes; a report of a run fits many times over. */
export const MAX_LINE_LENGTH: number = 16 * 1024 * 1024;

/** Cuts a stream of text into lines, of which empty ones are left out. A line longer than `MAX_LINE_LENGTH` is refused before it is whole. */
export class LineSplitter {
  readonly #onLine: (line: string) => void;
  #parts: string[] = [];
  #length = 0;

  constructor(onLine: (line: string) => void) {
    this.#onLine = onLine;
  }

  /** @throws {TicketlockError} `PROTOCOL_VIOLATION` if a line is too long. */
  push(text: string): void {
    const [first = "", ...more] = text.split("\n");
    this.#add(first);
    for (const part of more) {
      this.end();
      this.#add(part);
    }
  }

  /** Whatever came after the last line's end is a line too. */
  end(): void {
    const line = this.#parts.join("");
    this.#parts = [];
    this.#length = 0;
    if (line !== "") this.#onLine(line);
  }

  #add(part: string): void {
    this.#length += part.length;
    if (this.#length > MAX_LINE_LENGTH) {
      throw new TicketlockError(
        "PROTOCOL_VIOLATION",
        `Cannot understand the other end of a pipe: a line is longer than ${MAX_LINE_LENGTH} characters.`,
      );
    }
    this.#parts.push(part);
  }
}
