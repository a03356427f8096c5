/** How a simulated lock behaves. */
export interface Model {
  readonly lambdaPerS: number;
  readonly sigma: number;
  readonly kappa: number;
  /** Standard deviation of block means on their logarithms. */
  readonly scatter: number;
  /** The least lucky contender's share over the luckiest one's. */
  readonly evenness: number;
}

/** A simulated adapter with its locks; the first is its default. */
export interface AdapterModel {
  readonly adapter: string;
  readonly runtime: string;
  readonly store: string;
  readonly locks: Readonly<Record<string, Model>>;
}

/** Of a lock that is steady and fair. */
export const LEAST_SPREAD: Pick<Model, "scatter" | "evenness"> = { scatter: 0.015, evenness: 0.97 };

const threads: Readonly<Record<string, Model>> = {
  futex: { lambdaPerS: 49e6, sigma: 0.42, kappa: 0.02, ...LEAST_SPREAD, evenness: 0.8 },
  fifo: { lambdaPerS: 31e6, sigma: 1.4, kappa: 0.05, ...LEAST_SPREAD },
  ticket: { lambdaPerS: 30e6, sigma: 1.5, kappa: 0.06, ...LEAST_SPREAD },
  spin: { lambdaPerS: 55e6, sigma: 0.6, kappa: 0.35, scatter: 0.05, evenness: 0.35 },
};

const processes: Readonly<Record<string, Model>> = {
  mapped: { lambdaPerS: 46e6, sigma: 0.5, kappa: 0.02, ...LEAST_SPREAD, evenness: 0.7 },
  flock: { lambdaPerS: 0.6e6, sigma: 1.1, kappa: 0.08, scatter: 0.03, evenness: 0.5 },
  ipc: { lambdaPerS: 41e3, sigma: 0.9, kappa: 0.01, scatter: 0.03, evenness: 0.96 },
};

/** Those that a simulated report is of. */
export const ADAPTERS: readonly AdapterModel[] = [
  { adapter: "worker-threads", runtime: "node", store: "memory", locks: threads },
  { adapter: "node-cluster", runtime: "node", store: "mapped", locks: processes },
  {
    adapter: "deno-adapter",
    runtime: "deno",
    store: "memory",
    locks: pick(threads, "futex", "fifo"),
  },
  {
    adapter: "bun-adapter/workers",
    runtime: "bun",
    store: "memory",
    locks: pick(threads, "futex", "fifo"),
  },
  {
    adapter: "node-adapter+deno-adapter",
    runtime: "mixed",
    store: "mapped",
    locks: pick(processes, "mapped"),
  },
];

function pick(
  models: Readonly<Record<string, Model>>,
  ...names: string[]
): Readonly<Record<string, Model>> {
  return Object.fromEntries(names.map((name) => [name, models[name]!]));
}

/** Controls. */
export const UNLOCKED: Model = {
  lambdaPerS: 640e6,
  sigma: 1.9,
  kappa: 0.1,
  scatter: 0.08,
  evenness: 0.7,
};
export const ORACLE: Model = { lambdaPerS: 610e6, sigma: 1, kappa: 0, ...LEAST_SPREAD };
