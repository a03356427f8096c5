/**
 * The process in which a job runs, in the runtime of its adapters. One request comes in on stdin,
 * answers go out on stdout. stdin is also the leash: when it ends, whoever wanted the answer is
 * gone, and so must be this process. One that blocks and does not notice is killed from outside.
 */
import { LineSplitter, redirectOutput } from "@ticketlock/child-processes";
import { type Adapter, TicketlockError, toWireError } from "@ticketlock/core";
import type { Job } from "./job.ts";
import {
  ABORT_LINE,
  END_GRACE_MS,
  formatAnswer,
  type JobAnswer,
  type JobRequest,
  parseRequest,
} from "./job-protocol.ts";
import { importAdapter } from "./load-adapter.ts";

const abort = new AbortController();
/** stdout belongs to the answers. */
const writeOut = redirectOutput();
let started = false;

serve();

function serve(): void {
  const lines = new LineSplitter((line) => {
    if (!started) {
      started = true;
      void run(parseRequest(line));
    } else if (line === ABORT_LINE) {
      callOff("The job was called off.");
    }
  });
  process.stdin.setEncoding("utf8");
  process.stdin.on("data", (text: string) => lines.push(text));
  process.stdin.on("end", () => {
    if (!started) process.exit(1);
    callOff("The process that wanted the job's result is gone.");
  });
}

function callOff(message: string): void {
  if (abort.signal.aborted) return;
  setTimeout(() => process.exit(1), END_GRACE_MS);
  abort.abort(new TicketlockError("CONTENDER_FAILED", message));
}

async function run(request: JobRequest): Promise<void> {
  const answer = (content: JobAnswer): void => void writeOut(formatAnswer(request.key, content));
  try {
    const adapters: Adapter[] = [];
    for (const { packageName, moduleUrl } of request.adapters) {
      adapters.push(await importAdapter(packageName, moduleUrl));
    }
    if (adapters.length > 1) await checkJoined(adapters);
    const job = await importJob(request.job);
    const emit = (event: unknown): void => answer({ event });
    answer({ result: await job({ adapters, input: request.input, emit, signal: abort.signal }) });
  } catch (error) {
    // Only the message crosses; for what is not ours the stack tells where it came from.
    if (!(error instanceof TicketlockError) && error !== abort.signal.reason) console.error(error);
    answer({ error: toWireError(error) });
  }
  writeOut("", () => process.exit(0));
}

/**
 * Whether contenders of all of them can be started here.
 * @throws {TicketlockError} `USAGE` if not, before anything is done
 */
async function checkJoined(adapters: readonly Adapter[]): Promise<void> {
  const own = adapters[0]?.launcher?.runtime;
  for (const { name, launcher } of adapters) {
    try {
      await launcher?.check?.();
    } catch (error) {
      if (launcher?.runtime === own) throw error;
      const names = adapters.map((adapter) => adapter.name).join("+");
      const why = error instanceof Error ? error.message : String(error);
      throw new TicketlockError(
        "USAGE",
        `Cannot join ${names}: the first one's runtime starts the contenders of all, and not those of ${name}. ${why} Else let each play by itself: write a comma.`,
      );
    }
  }
}

async function importJob(url: string): Promise<Job> {
  const { default: job } = (await import(url)) as { readonly default?: unknown };
  if (typeof job === "function") return job as Job;
  throw new TicketlockError(
    "CONTENDER_FAILED",
    `Cannot run ${url}: a job module's default export must be a function.`,
  );
}
