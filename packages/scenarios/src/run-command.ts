import { isTicketlockError, type ErrorCode } from "@ticketlock/core";
import { listAdapters } from "@ticketlock/harness";
import { parseCommand, type Request } from "./command.ts";
import { fittingAdapters } from "./fitting-adapters.ts";
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

/** Codes that say that another adapter may be able to. */
const OTHER_ADAPTER: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  "LOCK_UNSUPPORTED",
  "STORE_UNSUPPORTED",
]);

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
    error(`scenario: ${request.message} [USAGE]\n`);
    return EXIT.badInput;
  }
  let code: number = EXIT.asExpected;
  for (const adapter of await chooseAdapters(request, environment.signal))
    code = Math.max(code, await play(request, adapter, environment));
  return code;
}

type PlayRequest = Extract<Request, { type: "play" }>;

/** Where nobody fits, the first one says why. */
async function chooseAdapters(
  { scenario, adapters, anyOne, options }: PlayRequest,
  signal: AbortSignal,
): Promise<readonly string[]> {
  if (!anyOne || adapters.length === 1) return adapters;
  for await (const name of fittingAdapters(adapters, scenario, options, signal)) return [name];
  return adapters.slice(0, 1);
}

async function play(
  { scenario, options, json }: PlayRequest,
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
    const others = isTicketlockError(problem) && OTHER_ADAPTER.has(problem.code);
    const advice = others ? await fittingAdvice(scenario, options, signal) : "";
    error(`scenario: ${oneLine(problem)}${advice}${codeOf(problem)}\n`);
    return isBadInput(problem) ? EXIT.badInput : EXIT.unexpected;
  }
  screen.end(verdict);
  if (json) output.write(`${JSON.stringify(verdict)}\n`);
  return verdict.asExpected ? EXIT.asExpected : EXIT.unexpected;
}

async function fittingAdvice(
  scenario: PlayRequest["scenario"],
  options: PlayRequest["options"],
  signal: AbortSignal,
): Promise<string> {
  const known = listAdapters().map((entry) => entry.name);
  const fitting = await Array.fromAsync(fittingAdapters(known, scenario, options, signal));
  if (fitting.length === 0) return " No adapter of this workspace can.";
  return ` Adapters that can: ${fitting.map((name) => `--adapter ${name}`).join(", ")}.`;
}

function isBadInput(problem: unknown): boolean {
  return (
    problem instanceof RangeError || (isTicketlockError(problem) && BAD_INPUT.has(problem.code))
  );
}

/** Behind the message, to be looked up; a wrong number is a RangeError, which has no code of its own. */
function codeOf(problem: unknown): string {
  if (isTicketlockError(problem)) return ` [${problem.code}]`;
  return problem instanceof RangeError ? " [USAGE]" : "";
}

function oneLine(problem: unknown): string {
  const message = problem instanceof Error ? problem.message : String(problem);
  return message.replace(/\s*\n\s*/g, " ").trim();
}
