import type { Contender } from "@ticketlock/core";
import { Role, type WorkReport } from "../role.ts";

export interface TakeTurnsInput {
  readonly rounds: number;
  readonly thinkMs: number;
}

export interface TakeTurnsReport extends WorkReport {
  readonly turnsNs: readonly string[];
}

/** Acts once a round, and stands in line again before it makes way. */
export default async function takeTurns(
  contender: Contender,
  input: TakeTurnsInput,
): Promise<TakeTurnsReport> {
  const { rounds, thinkMs } = input;
  const role = new Role(contender);
  const lock = contender.lock();
  const { index, count } = contender;
  const turnsNs: string[] = [];
  // The first line forms one after the other, and nobody acts before all stand in it.
  let next: ReturnType<typeof lock.acquire> | undefined;
  for (let place = 0; place < count; place++) {
    if (place === index) {
      next = lock.acquire();
      if (place === 0) await next;
    }
    await contender.meet(`place ${place}`);
  }
  for (let round = 0; round < rounds; round++) {
    const guard = await next!;
    const now = contender.nowNs();
    turnsNs.push(String(now));
    role.enters(`acts (round ${round + 1})`);
    await role.sleep(thinkMs);
    if (round < rounds - 1) next = lock.acquire();
    role.exits("makes way");
    await guard.release();
  }
  return role.report({ turnsNs });
}
