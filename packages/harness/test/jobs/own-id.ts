import type { JobContext } from "../../src/index.ts";

/** Tells its process id and then never ends by itself. */
export default async function ownId({ emit }: JobContext): Promise<never> {
  emit(process.pid);
  setInterval(() => {}, 60_000);
  return new Promise(() => {});
}
