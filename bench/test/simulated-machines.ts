import { randomNumbers } from "../src/plan/shuffle.ts";
import type { Report } from "../src/report/report.ts";
import { committedReports, gateBlocksOf } from "./committed-reports.ts";
import { blockOf, normalNumbers, reportOf } from "./simulated-report.ts";

/** One adapter has two gates: even ones are alone, odd ones contended. */
export const GATES = 12;
const ALL_GATES: readonly number[] = [...Array(GATES).keys()];

/** How much more time a machine of two speeds takes at the slower one. */
const SLOWER_SPEED = Math.log(1.6);
const STEADY_SCATTER = 0.02;
/** Standard deviation of what all blocks of a gate share within a stored run, as a logarithm. */
const SESSION = 0.01;

interface Numbers {
  readonly normal: () => number;
  readonly random: () => number;
}

/** How block means scatter on a machine: what a run draws once, and the logarithm that it then draws per block. */
export interface Machine {
  readonly name: string;
  readonly run: (numbers: Numbers) => (gate: number, windows: number) => number;
}

function scattering(percent: number): Machine {
  return {
    name: `blocks scatter by ${percent} %`,
    run:
      ({ normal }) =>
      () =>
        (percent / 100) * normal(),
  };
}

/** The machines of which METHODOLOGY says what a comparison can find on them. */
export const machines: readonly Machine[] = [
  scattering(2),
  scattering(5),
  scattering(10),
  scattering(16),
  {
    name: "two speeds, drawn for each block",
    run:
      ({ normal, random }) =>
      () =>
        (random() < 0.5 ? 0 : SLOWER_SPEED) + STEADY_SCATTER * normal(),
  },
  {
    name: "two speeds, drawn for each window",
    run:
      ({ normal, random }) =>
      (_, windows) => {
        const times = Array.from({ length: windows }, () =>
          random() < 0.5 ? 1 : Math.exp(SLOWER_SPEED),
        );
        const sum = times.reduce((all, time) => all + time, 0);
        return Math.log(sum / windows) + STEADY_SCATTER * normal();
      },
  },
  {
    name: "blocks of the committed quick report, drawn again",
    run:
      ({ random }) =>
      (gate) =>
        drawnFrom(realOf(gate), random),
  },
];

/** All blocks of a run share how often the machine is at its slower speed: what no interval can show. */
export const driftingMachine: Machine = {
  name: "two speeds, drawn for each block, each run with a share of its own",
  run: ({ normal, random }) => {
    const share = random();
    return () => (random() < share ? SLOWER_SPEED : 0) + STEADY_SCATTER * normal();
  },
};

/** Real blocks scatter as much less than their cell as five have one degree of freedom less. */
function drawnFrom(blocks: readonly number[], random: () => number): number {
  const scale = Math.sqrt(blocks.length / (blocks.length - 1));
  return scale * blocks[Math.floor(random() * blocks.length)]!;
}

/** Gates of the latest quick report that is committed, alone or contended as the simulated one is. */
const realGates = gateBlocksOf(committedReports("quick").at(-1)!);

function realOf(gate: number): readonly number[] {
  const some = realGates.filter(({ isAlone }) => isAlone === (gate % 2 === 0));
  return some[(gate >> 1) % some.length]!.logarithms;
}

/** What a run measures, and how. */
export interface MachineRun {
  readonly blocks: number;
  readonly windows: number;
  /** How many cells are measured twice. */
  readonly twins: number;
  /** Those that are measured as gates; the others are left out. All by default. */
  readonly gates?: readonly number[];
  /** How much slower a gate is than it was. */
  readonly slowDown?: (gate: number) => number;
  /** What all blocks of a gate share; 0 where two trees are measured in one run. */
  readonly session?: number;
}

/** The cell's adapter, by which a gate of a comparison is found again. */
export function adapterOf(gate: number): string {
  return `adapter-${gate}`;
}

/**
 * Runs on a machine, one after the other. Each may measure several trees by turns, of which the reports are: what
 * the machine does during a run is the same for all of them.
 */
export function runsOn(machine: Machine, seed: number): (...trees: MachineRun[]) => Report[] {
  const numbers = { normal: normalNumbers(seed), random: randomNumbers(seed + 1) };
  return (...trees) => {
    const draw = machine.run(numbers);
    return trees.map((how) => reportOn(numbers, draw, how));
  };
}

function reportOn(
  { normal }: Numbers,
  draw: (gate: number, windows: number) => number,
  { blocks, windows, twins, gates = ALL_GATES, slowDown = () => 1, session = SESSION }: MachineRun,
): Report {
  const blocksOf = (gate: number, ns: number) => {
    const shift = session * normal();
    return Array.from({ length: blocks }, () =>
      blockOf(ns * Math.exp(shift + draw(gate, windows))),
    );
  };
  return reportOf([
    ...gates.map((gate) => ({
      cell: { adapter: adapterOf(gate), contenders: 1 + (gate % 2) },
      blocks: blocksOf(gate, 20 * slowDown(gate)),
    })),
    ...Array.from({ length: 2 * twins }, (_, i) => ({
      cell: { lock: `twin-${i >> 1}`, gate: false, twin: i % 2 },
      blocks: blocksOf(i >> 1, 30),
    })),
  ]);
}
