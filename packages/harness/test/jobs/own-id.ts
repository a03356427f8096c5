import type { JobContext } from "../../src/index.ts";

/** Tells its process id and then never ends by itself. */
export default async function ownId({ emit, input }: JobContext): Promise<never> {
  emit(process.pid);
  setInterval(() => {}, 60_000);
  if (input === "blocks") {
    // What was emitted goes out first.
    await new Promise((resolve) => setTimeout(resolve, 100));
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
  }
  return new Promise(() => {});
}
