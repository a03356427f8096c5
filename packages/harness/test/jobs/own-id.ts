import { Writable } from "node:stream";
import type { JobContext } from "../../src/index.ts";

/** Tells its process id and then never ends by itself. */
export default async function ownId({ emit, input }: JobContext): Promise<never> {
  emit(process.pid);
  setInterval(() => {}, 60_000);
  if (input === "blocks") {
    await written();
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
  }
  return new Promise(() => {});
}

/** Settles once what was emitted has gone out; the job's own `process.stdout.write` goes to stderr. */
function written(): Promise<void> {
  return new Promise((resolve) => {
    Writable.prototype.write.call(process.stdout, "", "utf8", () => resolve());
  });
}
