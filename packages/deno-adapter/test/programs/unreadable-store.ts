import { openSession } from "@ticketlock/core";
import { adapter } from "../../src/index.ts";
import { say } from "./say.ts";

// Opens a session with a store of this kind in a directory of its own, and says what its owner was told.
const [kind] = process.argv.slice(2);
const told = await openSession({
  adapters: [adapter],
  contenders: 1,
  lock: { count: 0 },
  store: { kind, options: { capacity: 1 } },
}).then(
  () => "opened",
  (error: unknown) => String(error),
);
say({ told });
