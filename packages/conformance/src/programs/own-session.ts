/**
 * Run as a process of its own: opens a session whose contenders sell by turns, prints their process
 * ids, and stays with them until it is killed, or everything is sold.
 */
import { dirname } from "node:path";
import { type Adapter, openSession } from "@ticketlock/core";
import { workloadUrl } from "../kit/workload-url.ts";
import type { LogSectionsInput } from "../workloads/log-sections.ts";

/** What the program is told, as JSON. */
export interface OwnSessionInput extends LogSectionsInput {
  readonly contenders: number;
  readonly lockKind: string;
  readonly storeKind: string;
  readonly capacity: number;
  /** Where the store lies, if it is to outlive this process. */
  readonly storePath?: string;
}

const [adapterUrl, told] = process.argv.slice(2);
const input = JSON.parse(told!) as OwnSessionInput;
const { contenders, lockKind, storeKind, capacity, storePath, log, gate, run } = input;
const { adapter } = (await import(adapterUrl!)) as { adapter: Adapter };
const session = await openSession({
  adapters: [adapter],
  contenders,
  lock: { kind: lockKind },
  writes: [dirname(log)],
  store: {
    kind: storeKind,
    options: { capacity, ...(storePath === undefined ? {} : { path: storePath }) },
  },
});
console.log(JSON.stringify(session.ids));
await session.run<LogSectionsInput, void>(workloadUrl("log-sections"), { log, gate, run });
await session.close();
