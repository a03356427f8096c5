import { openSession, type SessionOptions, toWireError, type Adapter } from "@ticketlock/core";
import { adapter, workersAdapter } from "../../src/index.ts";
import { say } from "./say.ts";

// Opens a session that cannot be had, and says what its owner was told, after how long, and how many contenders were started.
const [unit, path] = process.argv.slice(2) as ["processes" | "workers", string];
let started = 0;

const base: Adapter = unit === "workers" ? workersAdapter : adapter;
const counting: Adapter = {
  ...base,
  stores: adapter.stores,
  launcher: {
    ...base.launcher!,
    start(options) {
      started++;
      return base.launcher!.start(options);
    },
  },
};

const options: Omit<SessionOptions, "adapters"> = {
  limitMs: 3_600_000, // beyond the test's: it is never what ends a wait
  contenders: 2,
  store: { kind: "kv", options: { capacity: 1, path } },
};
const beganMs = performance.now();
const told = await openSession({ adapters: [counting], ...options }).then(
  () => "opened",
  (error: unknown) => toWireError(error),
);
say({ told, tookMs: performance.now() - beganMs, started });
