import type { JobContext } from "../../src/index.ts";

/** Does what its input asks for, one thing after the other. */
export default async function obedient(context: JobContext): Promise<unknown> {
  const { adapters, input, emit, signal } = context;
  const {
    print,
    events = [],
    exitCode,
    fail,
    hang,
    report,
  } = input as {
    print?: string[];
    events?: unknown[];
    exitCode?: number;
    fail?: string;
    hang?: "obey" | "block";
    report?: "environment" | "echo";
  };
  for (const line of print ?? []) console.log(line);
  if (print !== undefined) process.stdout.write("raw\n");
  for (const event of events) emit(event);
  if (exitCode !== undefined) process.exit(exitCode);
  if (fail !== undefined) throw new RangeError(fail);
  if (hang === "block") Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
  if (hang === "obey") {
    await new Promise((_, reject) => {
      const keepAlive = setInterval(() => {}, 60_000);
      signal.addEventListener("abort", () => {
        clearInterval(keepAlive);
        console.log("cleaned up");
        reject(signal.reason as Error);
      });
    });
  }
  if (report === "environment") {
    return { execArgv: process.execArgv, nodeOptions: process.env["NODE_OPTIONS"] ?? null };
  }
  return { adapters: adapters.map((adapter) => adapter.name), input };
}
