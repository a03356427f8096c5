import { type Contender, isTicketlockError, type LockState } from "@ticketlock/core";
import { Role, type WorkReport } from "../role.ts";

export interface WaitInEveryWayInput {
  readonly thinkMs: number;
  readonly timeoutMs: number;
}

export interface WaitInEveryWayReport extends WorkReport {
  readonly part: (typeof PARTS)[number];
  /** How its attempt ended: `undefined`, an error's code, `reason`, or `granted`. */
  readonly ended: string;
  /** From the attempt to its end. */
  readonly tookMs: number;
  readonly attemptEndedNs: string;
  /** What the holder saw of the lock while others waited. */
  readonly state?: LockState;
}

/** Which contender plays what. */
export const PARTS = [
  "holder",
  "tries",
  "waits at most",
  "waits until aborted",
  "waits for ever",
] as const;
/** Those that still wait when the holder looks. */
export const WAITING = 2;

/** How often the holder looks for the others in the line, which may be kept elsewhere. */
const LOOKS = 2_000;

/** Holds the lock, or tries to get it in the one way that falls to this contender. */
export default async function waitInEveryWay(
  contender: Contender,
  input: WaitInEveryWayInput,
): Promise<WaitInEveryWayReport> {
  const role = new Role(contender);
  const part = PARTS[contender.index]!;
  return part === "holder" ? hold(role, input) : wait(role, part, input);
}

async function hold(role: Role, { thinkMs }: WaitInEveryWayInput): Promise<WaitInEveryWayReport> {
  const { contender } = role;
  const started = contender.nowNs();
  const lock = contender.lock();
  const guard = await lock.acquire();
  role.enters("holds the lock, and does not let go");
  await contender.meet("held");
  await contender.meet("waiting");
  let state = await lock.query();
  for (let look = 0; look < LOOKS && state.waiters < WAITING; look++) {
    await role.sleep(1);
    state = await lock.query();
  }
  role.tell(`query: held by ${state.holder?.id ?? "nobody known"}, ${state.waiters} wait`);
  await contender.meet("queried");
  await contender.meet("aborted");
  await role.sleep(thinkMs);
  const releasedNs = contender.nowNs();
  role.exits("lets go at last");
  await guard.release();
  return role.report({
    part: PARTS[0],
    ended: "released",
    tookMs: ms(releasedNs - started),
    attemptEndedNs: String(releasedNs),
    state,
  });
}

async function wait(
  role: Role,
  part: WaitInEveryWayReport["part"],
  input: WaitInEveryWayInput,
): Promise<WaitInEveryWayReport> {
  const { contender } = role;
  await contender.meet("held");
  const controller = new AbortController();
  const reason = new Error("no longer wanted");
  const startedNs = contender.nowNs();
  const attempt = start(role, part, input, { signal: controller.signal, reason });
  // Those whose wait ends by itself come to the next meeting when it has.
  const endsItself = part === "tries" || part === "waits at most";
  if (endsItself) await attempt;
  await contender.meet("waiting");
  await contender.meet("queried");
  if (part === "waits until aborted") {
    controller.abort(reason);
    await attempt;
  }
  await contender.meet("aborted");
  const { ended, endedNs } = await attempt;
  return role.report({
    part,
    ended,
    tookMs: ms(endedNs - startedNs),
    attemptEndedNs: String(endedNs),
  });
}

async function start(
  role: Role,
  part: WaitInEveryWayReport["part"],
  { timeoutMs }: WaitInEveryWayInput,
  { signal, reason }: { signal: AbortSignal; reason: Error },
): Promise<{ ended: string; endedNs: bigint }> {
  const { contender } = role;
  const lock = contender.lock();
  const end = (ended: string, text: string): { ended: string; endedNs: bigint } => {
    const endedNs = contender.nowNs();
    role.tell(text, "ended", undefined, endedNs);
    return { ended, endedNs };
  };
  if (part === "tries") {
    const guard = await lock.tryAcquire();
    await guard?.release();
    return end(
      guard === undefined ? "undefined" : "granted",
      guard === undefined ? "tries: the lock is taken" : "tries: gets the lock",
    );
  }
  role.startWait();
  role.tell(part === "waits at most" ? `waits at most ${timeoutMs} ms` : part, "waiting");
  try {
    const guard = await lock.acquire(
      part === "waits at most" ? { timeoutMs } : part === "waits until aborted" ? { signal } : {},
    );
    role.enters("gets the lock");
    const result = end("granted", "is done");
    role.endStay();
    await guard.release();
    return result;
  } catch (error) {
    role.endWait();
    if (error === reason) return end("reason", "stops waiting: no longer wanted");
    if (isTicketlockError(error, "LOCK_TIMEOUT"))
      return end(error.code, "stops waiting: time is up");
    throw error;
  }
}

function ms(ns: bigint): number {
  return Number(ns) / 1e6;
}
