import type { Model, Proof } from "@ticketlock/explorer";
import { blocking, client, type Contender, helper, robustModel } from "./robust-programs.ts";

function robust(
  contenders: readonly Contender[],
  rounds: number,
  model: Partial<Model> = {},
  what?: string,
): Proof {
  return {
    lock: "RobustWord",
    contenders: contenders.filter((contender) => contender !== asleep).length,
    rounds,
    ...(what === undefined ? {} : { with: what }),
    model: () => robustModel(contenders, { fairCycles: true, ...model }),
  };
}

const asleep = helper();
const [one, two] = [blocking(1), blocking(2)];
const withClient = "one waits by a helper thread";

/** The lock of MappedMutex, with what the kernel does after a death. */
export const proofs: readonly Proof[] = [
  robust([two, two, two], 2),
  robust([one, one, one, one], 1),
  robust([one, one, one], 1, { deaths: 1 }),
  robust([one, one, one], 1, { deaths: 2 }),
  robust([two, two, two], 2, { deaths: 1 }),
  robust([one, one, one], 1, { deaths: 2, wakeOrder: "any" }),
  robust([one, one, one], 1, { deaths: 1, spuriousWakeUps: true }),
  robust([one, client, asleep], 1, { deaths: 1 }, withClient),
  robust([one, client, asleep], 1, { deaths: 2 }, withClient),
];
