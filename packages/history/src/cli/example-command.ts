import process from "node:process";
import { Argument, Command } from "commander";
import { type ModelName, modelNames } from "../history.ts";
import { examples } from "./examples.ts";
import { EXIT } from "./exit.ts";
import { parse } from "./parse.ts";

/** `pnpm history example`: prints a small valid history to start from. Gives the exit code. */
export function exampleCommand(argv: readonly string[]): number {
  const command = new Command("history example")
    .description("Prints a small valid history to start from.")
    .addArgument(new Argument("<model>", "what it is of").choices(modelNames));
  const model = parse(command, argv, () => command.args[0] as ModelName);
  if (model !== undefined) process.stdout.write(examples[model]);
  return EXIT.ok;
}
