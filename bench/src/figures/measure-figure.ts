import { type AdapterEntry, runJob } from "@ticketlock/harness";
import type { PeerPrograms } from "../peers/peer-programs.ts";
import type { CatalogueEntry } from "../plan/catalogue.ts";
import type { FigureJobInput } from "../jobs/figure.ts";
import {
  type Figure,
  type FigureContext,
  type FigureRow,
  keepsTo,
  type Measurement,
} from "./figure.ts";

const JOB = new URL("../jobs/figure.ts", import.meta.url);
const LONGEST_MS = 15 * 60_000;

/** What figures are measured with. */
export interface FigureTools {
  readonly root: string;
  readonly entries: readonly AdapterEntry[];
  readonly catalogue: readonly CatalogueEntry[];
  readonly programs: PeerPrograms;
  readonly signal: AbortSignal;
}

/** Measures one figure. One that cannot be measured is a miss, with the reason as its fault. */
export async function measureFigure(figure: Figure, tools: FigureTools): Promise<FigureRow> {
  const { name, claim, limit } = figure;
  const adapter = adapterFor(figure, tools.catalogue);
  try {
    const measurement = await measure(figure, adapter, tools);
    return { name, claim, limit, adapter, ...measurement, pass: keepsTo(limit, measurement) };
  } catch (error) {
    tools.signal.throwIfAborted();
    const [why = ""] = (error instanceof Error ? error.message : String(error)).split("\n");
    return {
      name,
      claim,
      limit,
      adapter,
      value: 0,
      unit: "",
      control: null,
      ratio: null,
      range: null,
      compared: 0,
      detail: "",
      faults: [why],
      pass: false,
    };
  }
}

async function measure(
  figure: Figure,
  adapter: string | null,
  tools: FigureTools,
): Promise<Measurement> {
  const { programs, root, signal } = tools;
  const peers = await programs.commands();
  const needsNone = figure.needs.lock === undefined && figure.needs.store === undefined;
  if (needsNone)
    return figure.measure({ adapter: undefined, peers, root, signal } satisfies FigureContext);
  const entry = tools.entries.find((each) => each.name === adapter);
  if (entry === undefined)
    throw new Error(
      `Cannot measure ${figure.name}: no adapter offers ${JSON.stringify(figure.needs)}.`,
    );
  const input: FigureJobInput = { name: figure.name, peers, root };
  // What contenders print, a runtime's warnings above all, is not for the reader of figures.
  const options = { signal, limitMs: LONGEST_MS, stderr: () => {} };
  return (await runJob(entry, JOB, input, options)) as Measurement;
}

/** The first adapter of Node that has what a figure needs. */
function adapterFor({ needs }: Figure, catalogue: readonly CatalogueEntry[]): string | null {
  if (needs.lock === undefined && needs.store === undefined) return null;
  const has = (kinds: readonly { readonly kind: string }[], kind: string | undefined): boolean =>
    kind === undefined || kinds.some((each) => each.kind === kind);
  const found = catalogue.find(
    (entry) =>
      entry.runtime === "node" && has(entry.locks, needs.lock) && has(entry.stores, needs.store),
  );
  return found?.adapter ?? null;
}
