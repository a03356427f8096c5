/** An owner whose contenders, one of each runtime, block their threads for ever. Prints their ids, and stays. */
import { openSession } from "@ticketlock/core";
import { runtimes } from "../../src/runtime.ts";
import { adapterOf, module } from "../kit.ts";

const session = await openSession({
  adapters: runtimes.map((runtime) => adapterOf(runtime)),
  contenders: runtimes.length,
  lock: { count: 0 },
});
let notes = 0;
await session.run(module("workloads/flood"), 1, {
  onSend() {
    if (++notes === runtimes.length) console.log(JSON.stringify(session.ids));
  },
});
