import { isPausableSession, openSession, toWireError } from "@ticketlock/core";
import { adapter } from "../../src/index.ts";
import { say } from "./say.ts";

// Owns a contender, and says what came of opening the session, of pausing the contender and of killing it.
const told = (error: unknown): unknown => toWireError(error);
try {
  const session = await openSession({
    adapters: [adapter],
    contenders: 1,
    lock: { kind: "mapped" },
  });
  if (!isPausableSession(session)) throw new Error("contenders that are processes can be paused");
  const paused = await session.pause(0).then(() => true, told);
  const crashed = await session.crash(0).then(() => true, told);
  await session.close();
  say({ opened: true, paused, crashed });
} catch (error) {
  say({ opened: told(error) });
}
