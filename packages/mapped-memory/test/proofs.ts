import type { Proof } from "@ticketlock/explorer";
import {
  blocking,
  calledOff,
  client,
  type Contender,
  deaf,
  helper,
  isFreeToOlderKernel,
  type RobustModel,
  robustModel,
  timed,
} from "./robust-programs.ts";

/** No time is ever over, unless `model` says otherwise: a proof that counts on time-outs has to say so. */
function robust(
  contenders: readonly Contender[],
  rounds: number,
  model: RobustModel = {},
  what?: string,
): Proof {
  return {
    lock: "RobustWord",
    contenders: contenders.length,
    rounds,
    ...(what === undefined ? {} : { with: what }),
    model: () => robustModel(contenders, { fairCycles: true, timeOuts: false, ...model }),
  };
}

const [one, two] = [blocking(1), blocking(2)];
const sliced = blocking(1, 1);
const helpedBy = helper();
const withClient = "one waits by a helper thread";
const timeOuts = true;

/** The lock of MappedMutex, with what the kernel does after a death. */
export const proofs: readonly Proof[] = [
  robust([two, two, two], 2),
  robust([one, one, one, one], 1),
  robust([one, one, one], 1, { deaths: 1 }),
  robust([one, one, one], 1, { deaths: 2 }),
  robust([two, two, two], 2, { deaths: 1 }),
  robust([one, one, one], 1, { deaths: 2, wakeOrder: "any" }),
  robust([one, one, one], 1, { deaths: 1, spuriousWakeUps: true }),
  robust([one, one, timed], 1, { timeOuts, deaths: 1 }, "one with a time limit"),
  robust([one, client], 1, { helpedBy, deaths: 1 }, withClient),
  robust([one, client], 1, { helpedBy, deaths: 2 }, withClient),
  robust([one, one, client], 1, { helpedBy }, withClient),
  robust([one, one, client], 1, { helpedBy, deaths: 1 }, withClient),
  robust(
    [one, client],
    1,
    { helpedBy, helperDies: true, timeOuts, deaths: 2 },
    `${withClient}, which may die as well`,
  ),
  robust([one, one, calledOff], 1, { helpedBy }, `${withClient} and is called off`),
  robust([one, one, deaf], 1, { helpedBy }, `${withClient} and never answers it`),
  robust(
    [sliced, sliced, sliced],
    1,
    { isFreeTo: isFreeToOlderKernel, timeOuts, deaths: 1 },
    "waits in slices, a kernel before Linux 6.2",
  ),
];
