import { type Contender, type Guard, isTicketlockError } from "@ticketlock/core";
import { Role, type WorkReport } from "../role.ts";

export interface SurviveCrashInput {
  readonly thinkMs: number;
  /** How long the victim holds the lock before it is killed, so that the others have a wait to be measured. */
  readonly holdMs: number;
  readonly limitMs: number;
  readonly run: string;
}

export interface SurviveCrashReport extends WorkReport {
  readonly sold: boolean;
  /** `granted`, or the code of the error that ended the wait. */
  readonly ended: string;
  readonly abandoned: boolean;
  readonly token: number;
  readonly endedWaitNs: string;
}

/** Topic on which the victim says that it is ready to be killed. */
export const READY_TOPIC = "story:ready";
export const VICTIM = 0;

/** The victim takes the lock and stays in its section; the others wait for the lock and then buy. */
export default async function surviveCrash(
  contender: Contender,
  input: SurviveCrashInput,
): Promise<SurviveCrashReport> {
  const role = new Role(contender);
  if (contender.index === VICTIM) await hold(role, input);
  return wait(role, input);
}

async function hold(role: Role, { holdMs }: SurviveCrashInput): Promise<void> {
  const { contender } = role;
  const guard = await contender.lock().acquire();
  role.enters("holds the lock");
  const { remaining } = await contender.store.read(guard.token);
  role.tell(`reads ${remaining}, and is about to write`);
  await contender.meet("held");
  await contender.meet("waiting");
  await role.sleep(holdMs);
  contender.channel.send(READY_TOPIC, null);
  await role.sleep(600_000); // it does not live so long
}

async function wait(role: Role, input: SurviveCrashInput): Promise<SurviveCrashReport> {
  const { contender } = role;
  await contender.meet("held");
  role.waits();
  const waiting = contender
    .lock()
    .acquire({ timeoutMs: input.limitMs })
    .then(
      (guard) => ({ guard, error: undefined, atNs: contender.nowNs() }),
      (error: unknown) => ({ guard: undefined, error, atNs: contender.nowNs() }),
    );
  await contender.meet("waiting");
  const { guard, error, atNs } = await waiting;
  const endedWaitNs = String(atNs);
  if (guard !== undefined) return buy(role, guard, input, endedWaitNs);
  role.endWait();
  if (!isTicketlockError(error)) throw error;
  role.tell(`does not get the lock: ${error.code}`, "ended");
  return role.report({ sold: false, ended: error.code, abandoned: false, token: 0, endedWaitNs });
}

/** The section of a survivor: whoever is told that a holder died looks at the data before going on. */
async function buy(
  role: Role,
  guard: Guard,
  { thinkMs, run }: SurviveCrashInput,
  endedWaitNs: string,
): Promise<SurviveCrashReport> {
  const { store, index } = role.contender;
  const { abandoned, token } = guard;
  role.enters(abandoned ? "gets the lock: abandoned, a holder died" : "gets the lock");
  let sold = false;
  try {
    const inventory = await store.read(token);
    if (abandoned) {
      role.tell(`finds ${inventory.remaining} left: the data is whole`);
      await guard.markConsistent();
    }
    await role.sleep(thinkMs);
    if (inventory.remaining > 0) {
      const next = {
        ...inventory,
        remaining: inventory.remaining - 1,
        version: inventory.version + 1,
      };
      const order = { id: `${run}-${index}`, buyer: `buyer-${index}`, quantity: 1 };
      sold = (await store.write(next, { ...(token > 0 ? { token } : {}), order })) === "written";
    }
  } finally {
    role.exits();
    await guard.release();
  }
  role.tell(sold ? "is told: yes" : "is told: sold out", sold ? "sold" : "ended");
  return role.report({ sold, ended: "granted", abandoned, token, endedWaitNs });
}
