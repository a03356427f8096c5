import { type Command, CommanderError } from "commander";
import { UsageError } from "./usage-error.ts";

/**
 * Lets commander read, then `read` what it has read; `undefined` if help was asked for and has been printed.
 * @throws {UsageError} one line that names what is allowed
 */
export function parse<T>(command: Command, argv: readonly string[], read: () => T): T | undefined {
  command
    .exitOverride()
    .allowExcessArguments(false)
    .configureOutput({ writeErr: () => {} });
  try {
    command.parse([...argv], { from: "user" });
    return read();
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    if (error.code === "commander.helpDisplayed") return undefined;
    const flags = command.options.map(({ flags }) => flags);
    const words = command.registeredArguments.map((argument) => `<${argument.name()}>`);
    const allowed = [[command.name(), ...words].join(" "), ...flags].join(", ");
    const reason = error.message
      .replace(/^error: /, "")
      .replace(/\s+/g, " ")
      .replace(/\.$/, "");
    throw new UsageError(`Cannot read the arguments: ${reason}. Allowed: ${allowed}.`);
  }
}
