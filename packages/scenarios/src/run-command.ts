import { isTicketlockError, type ErrorCode } from "@ticketlock/core";
import { parseCommand, type Request } from "./command.ts";
import { playScenario } from "./play.ts";
import { type Output, Screen } from "./screen.ts";
import type { Verdict } from "./verdict.ts";

/** What the command is given of its process. */
export interface CommandEnvironment {
  readonly output: Output;
  readonly error: (text: string) => void;
  readonly signal: AbortSignal;
}

/** Exit codes: all as expected; a story came out otherwise; what was asked for cannot be done. */
export const EXIT = { asExpected: 0, unexpected: 1, badInput: 2 } as const;

/** Codes that say that what was asked for cannot be played here. */
const BAD_INPUT: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  "USAGE",
  "ADAPTER_NOT_FOUND",
  "ADAPTER_INVALID",
  "RUNTIME_MISSING",
  "LOCK_UNSUPPORTED",
  "LOCK_SCOPE",
  "STORE_UNSUPPORTED",
  "STORE_CORRUPT",
  "STORE_UNAVAILABLE",
  "HANDLE_INVALID",
  "QUEUE_FULL",
]);

/** Runs the command and gives its exit code. @throws the signal's reason if that aborts. */
export async function runCommand(
  args: readonly string[],
  environment: CommandEnvironment,
): Promise<number> {
  const { output, error } = environment;
  const request = parseCommand(args);
  if (request.type === "print") {
    output.write(request.text);
    return EXIT.asExpected;
  }
  if (request.type === "fail") {
    error(`scenario: ${request.message}\n`);
    return EXIT.badInput;
  }
  let code: number = EXIT.asExpected;
  for (const adapter of request.adapters)
    code = Math.max(code, await play(request, adapter, environment));
  return code;
}

async function play(
  { scenario, options, json }: Extract<Request, { type: "play" }>,
  adapter: string,
  { output, error, signal }: CommandEnvironment,
): Promise<number> {
  const screen = new Screen(output, `${scenario} on ${adapter}`);
  let verdict: Verdict;
  try {
    verdict = await playScenario(scenario, adapter, {
      ...options,
      signal,
      onEvent: (event) => screen.show(event),
    });
  } catch (problem) {
    screen.interrupt();
    signal.throwIfAborted();
    error(`scenario: ${oneLine(problem)}\n`);
    return isBadInput(problem) ? EXIT.badInput : EXIT.unexpected;
  }
  screen.end(verdict);
  if (json) output.write(`${JSON.stringify(verdict)}\n`);
  return verdict.asExpected ? EXIT.asExpected : EXIT.unexpected;
}

function isBadInput(problem: unknown): boolean {
  return (
    problem instanceof RangeError || (isTicketlockError(problem) && BAD_INPUT.has(problem.code))
  );
}

function oneLine(problem: unknown): string {
  const message = problem instanceof Error ? problem.message : String(problem);
  return message.replace(/\s*\n\s*/g, " ").trim();
}
