/** A session's owner, in whichever runtime: two contenders of each. Prints what they say as JSON. */
import { openSession } from "@ticketlock/core";
import { adapterOf } from "../kit.ts";
import { runtimes } from "../../src/runtime.ts";

const session = await openSession({
  adapters: runtimes.map((runtime) => adapterOf(runtime)),
  contenders: 2 * runtimes.length,
  lock: { count: 0 },
});
const outcomes = await session.run(new URL("../workloads/facts.ts", import.meta.url), "ü\n\u2028", {
  onRequest: () => String(process.hrtime.bigint()),
});
await session.close();
console.log(JSON.stringify(outcomes));
