import type { CheckedRound } from "../check/check-round.ts";
import type { InjectedName } from "../check/counts.ts";
import type { FaultName } from "../plan/faults.ts";

/** What the rounds of a fault are counted by; rounds, where there is none. */
const counted: Readonly<Partial<Record<FaultName, InjectedName>>> = {
  kill: "kill",
  point: "point",
  stop: "stop",
  terminate: "terminate",
  throw: "end",
  exit: "end",
  memory: "end",
  "owner-kill": "owner-kill",
  "owner-stop": "owner-stop",
  clock: "clock",
  messages: "messages",
  input: "input",
  "kill-writing": "kill",
  "crash-image": "image",
  disk: "disk fault",
  sales: "sale at full speed",
};

/** How often a round of this fault has injected it. */
export function timesOf(fault: FaultName, { counts }: Pick<CheckedRound, "counts">): number {
  const name = counted[fault];
  if (name === undefined) return 1;
  return [...counts.rows()].reduce((sum, { injected }) => sum + (injected[name] ?? 0), 0);
}
