/** What was typed wrong, or cannot be read or written, in one line. The command prints it and exits 2. */
export class UsageError extends Error {
  constructor(message: string) {
    super(message);
    this.name = "UsageError";
  }
}
