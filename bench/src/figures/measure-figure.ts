import { runJob } from "@ticketlock/harness";
import type { PeerPrograms } from "../peers/peer-programs.ts";
import type { Cast } from "../run/prepare.ts";
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
  readonly casts: readonly Cast[];
  readonly catalogue: readonly CatalogueEntry[];
  readonly programs: PeerPrograms;
  readonly signal: AbortSignal;
}

/** Measures one figure. One that cannot be measured is a miss, with the reason as its fault. */
export async function measureFigure(figure: Figure, tools: FigureTools): Promise<FigureRow> {
  const { name, claim, limit } = figure;
  const found = adaptersFor(figure, tools.catalogue);
  const adapter = found === null ? null : found.adapters.join("+");
  try {
    const measurement = await measure(figure, found, tools);
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
  found: FoundAdapters | null,
  tools: FigureTools,
): Promise<Measurement> {
  const { programs, root, signal } = tools;
  const peers = await programs.commands();
  const needsNone = figure.needs.lock === undefined && figure.needs.store === undefined;
  if (needsNone)
    return figure.measure({
      adapter: undefined,
      adapters: [],
      peers,
      root,
      signal,
    } satisfies FigureContext);
  if (found === null)
    throw new Error(
      `Cannot measure ${figure.name}: no adapter offers ${JSON.stringify(figure.needs)}.`,
    );
  const { adapters, control } = found;
  const entries = [...adapters, ...(control === undefined ? [] : [control])].flatMap(
    (adapter) => tools.casts.find(({ name }) => name === adapter)!.entries,
  );
  const input: FigureJobInput = {
    name: figure.name,
    hasControl: control !== undefined,
    peers,
    root,
  };
  // What contenders print, a runtime's warnings above all, is not for the reader of figures.
  const options = { signal, limitMs: LONGEST_MS, stderr: () => {} };
  return (await runJob(entries, JOB, input, options)) as Measurement;
}

/** The adapters that a figure is measured with, by name. */
interface FoundAdapters {
  readonly adapters: readonly string[];
  readonly control?: string;
}

/** Of each runtime that a figure needs the first adapter that has what it needs; `null` if one has none. */
export function adaptersFor(
  { needs }: Pick<Figure, "needs">,
  catalogue: readonly CatalogueEntry[],
): FoundAdapters | null {
  if (needs.lock === undefined && needs.store === undefined) return null;
  const has = (kinds: readonly { readonly kind: string }[], kind: string | undefined): boolean =>
    kind === undefined || kinds.some((each) => each.kind === kind);
  const runtimes = needs.runtimes ?? ["node"];
  const adapters = runtimes.flatMap(
    (runtime) =>
      catalogue.find(
        (entry) =>
          entry.runtime === runtime &&
          has(entry.locks, needs.lock) &&
          has(entry.stores, needs.store),
      )?.adapter ?? [],
  );
  if (adapters.length < runtimes.length) return null;
  if (needs.control === undefined) return { adapters };
  const control = catalogue.find(
    (entry) => entry.runtime === runtimes[0] && has(entry.locks, needs.control),
  );
  return control === undefined ? null : { adapters, control: control.adapter };
}
