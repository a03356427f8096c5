import { openSession, toWireError } from "@ticketlock/core";
import { adapter } from "../../src/index.ts";
import { say } from "./say.ts";

// Owns a contender, and says what came of opening the session and of killing the contender.
const told = (error: unknown): unknown => toWireError(error);
try {
  const session = await openSession({
    adapters: [adapter],
    contenders: 1,
    lock: { kind: "mapped" },
  });
  const crashed = await session.crash(0).then(() => true, told);
  await session.close();
  say({ opened: true, crashed });
} catch (error) {
  say({ opened: told(error) });
}
