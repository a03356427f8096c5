import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { commandOf, type Runtime } from "../runtimes.ts";

/** A limit against a hang: a process that starts on a busy machine takes a while. */
const LIMIT_MS = 30_000;

export interface StartOptions {
  readonly runtime?: Runtime;
  /** In the place of the runtime's usual ones. */
  readonly flags?: readonly string[];
}

/** Starts a module of this folder as a process of its own. */
export function start(
  module: string,
  argument: unknown = "",
  { runtime = "node", flags }: StartOptions = {},
): ChildProcess {
  const path = fileURLToPath(new URL(module, import.meta.url));
  return fork(path, [JSON.stringify(argument)], commandOf(runtime, flags));
}

/** The process's next message. @throws if it ends first, or says nothing for too long. */
export async function nextMessage<T>(child: ChildProcess): Promise<T> {
  const over = new AbortController();
  const signal = AbortSignal.any([over.signal, AbortSignal.timeout(LIMIT_MS)]);
  const exit = once(child, "exit", { signal }).then(([code, by]): never => {
    throw new Error(`the process ended with ${String(by ?? code)} and said nothing`);
  });
  try {
    const [message] = (await Promise.race([once(child, "message", { signal }), exit])) as [T];
    return message;
  } finally {
    exit.catch(() => {});
    over.abort();
  }
}

/** How the process ended. */
export async function ended(child: ChildProcess): Promise<number | NodeJS.Signals> {
  if (child.exitCode === null && child.signalCode === null)
    await once(child, "exit", { signal: AbortSignal.timeout(LIMIT_MS) });
  return child.signalCode ?? child.exitCode!;
}
