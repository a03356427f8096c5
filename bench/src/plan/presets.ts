import { BEFORE_SCENARIOS, ORACLE_PRIORITY, TWIN_PRIORITY } from "./priorities.ts";

/** How much of everything a preset measures. */
export interface Preset {
  readonly name: PresetName;
  /** Fresh processes per gate: verdicts rest on them. */
  readonly blocks: number;
  /**
   * So few other cells get where time is short, and what it must be enough for before they get more: all
   * candidates of this priority or a more urgent one.
   */
  readonly others: { readonly leastBlocks: number; readonly untilPriority: number };
  /** Throughput windows per block. */
  readonly windows: number;
  readonly windowMs: number;
  /** The whole run, from the command's start to its end, must fit. */
  readonly budgetMs: number;
  /** Share of the budget that is planned for; the rest is for a machine slower than this reckoning, which counts most in a short run. */
  readonly plannedShare: number;
  readonly contenders: readonly number[];
  /**
   * More of them, for each adapter's default lock alone, with fewer blocks: a growth curve takes six numbers at
   * least, describes, and decides nothing.
   */
  readonly curve: { readonly contenders: readonly number[]; readonly blocks: number };
  /** Section lengths in microseconds, the most telling first. */
  readonly sections: readonly number[];
  /** Every kind of lock and store that an adapter declares, or its default ones only. */
  readonly breadth: "defaults" | "all";
  /** Contenders of an ordinary case of the conformance suite: it takes as long as it starts processes. */
  readonly conformanceContenders: number;
  /** How many cells are measured twice: the noise floor. */
  readonly twins: number;
  /** Of how many adapters the sections are drawn. */
  readonly drawings: number;
  /** False where so little is measured that the numbers prove nothing but that the bench runs. */
  readonly conclusions: boolean;
}

/** Names of the presets, as `--preset` takes them. */
export type PresetName = "smoke" | "quick" | "standard" | "full";

const MINUTE_MS = 60_000;
/** Of presets that have too few numbers of contenders, or enough. */
const NO_CURVE: Preset["curve"] = { contenders: [], blocks: 0 };

/** The presets of the bench; their names and sizes are part of its interface. */
export const presets: Readonly<Record<PresetName, Preset>> = {
  smoke: {
    name: "smoke",
    blocks: 1,
    others: { leastBlocks: 1, untilPriority: ORACLE_PRIORITY },
    windows: 3,
    windowMs: 50,
    budgetMs: 30_000,
    plannedShare: 0.8,
    contenders: [1, 2],
    curve: NO_CURVE,
    sections: [0],
    breadth: "defaults",
    conformanceContenders: 2,
    twins: 0,
    drawings: 1,
    conclusions: false,
  },
  quick: {
    name: "quick",
    blocks: 5,
    others: { leastBlocks: 2, untilPriority: TWIN_PRIORITY },
    windows: 5,
    windowMs: 100,
    budgetMs: 3 * MINUTE_MS,
    plannedShare: 0.85,
    contenders: [1, 2, 4],
    curve: NO_CURVE,
    sections: [0, 10],
    breadth: "defaults",
    conformanceContenders: 4,
    twins: 4,
    drawings: 1,
    conclusions: true,
  },
  standard: {
    name: "standard",
    blocks: 12,
    others: { leastBlocks: 4, untilPriority: BEFORE_SCENARIOS },
    windows: 8,
    windowMs: 200,
    budgetMs: 60 * MINUTE_MS,
    plannedShare: 0.85,
    contenders: [1, 2, 4, 8],
    curve: { contenders: [3, 6], blocks: 4 },
    sections: [0, 10, 1, 100],
    breadth: "all",
    conformanceContenders: 4,
    twins: 8,
    drawings: Infinity,
    conclusions: true,
  },
  full: {
    name: "full",
    blocks: 20,
    others: { leastBlocks: 5, untilPriority: BEFORE_SCENARIOS },
    windows: 10,
    windowMs: 500,
    budgetMs: 24 * 60 * MINUTE_MS,
    plannedShare: 0.85,
    contenders: [1, 2, 3, 4, 6, 8, 12, 16],
    curve: NO_CURVE,
    sections: [0, 10, 1, 100],
    breadth: "all",
    conformanceContenders: 4,
    twins: 10,
    drawings: Infinity,
    conclusions: true,
  },
};

/** True if `name` is a preset's. */
export function isPresetName(name: string): name is PresetName {
  return Object.hasOwn(presets, name);
}
