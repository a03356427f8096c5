import { threadId } from "node:worker_threads";

/** Names the process and the thread that run this. */
export function ownId(): string {
  return `${process.pid}/${threadId}`;
}
