import { randomUUID } from "node:crypto";

/** Not every runtime numbers its threads, but each thread loads this module for itself. */
const realm = randomUUID().slice(0, 4);

/** Names the process and the thread that run this. */
export function ownId(): string {
  return `${process.pid}/${realm}`;
}
