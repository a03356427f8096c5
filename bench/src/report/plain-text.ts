/** What a terminal obeys instead of showing it: the control characters C0 and C1, and marks that turn the direction of writing. */
const COMMANDS = /[\p{Cc}\u2028\u2029\u202a-\u202e\u2066-\u2069]/gu;

/** Text that a terminal only shows, in one line: white space is blanks, and what would command the terminal is replaced. */
export function plainText(text: string): string {
  return text.replace(/[\t\n\r]+/g, " ").replace(COMMANDS, "\ufffd");
}
