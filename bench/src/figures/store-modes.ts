import { type Adapter, scopeCovers, type SellingMode, sellingModes } from "@ticketlock/core";
import { modesOf } from "../plan/candidates.ts";
import { type CatalogueEntry, describeAdapters } from "../plan/catalogue.ts";
import { type Cell, STEADY } from "../plan/cell.ts";
import { digits, rate } from "../report/format.ts";
import type { Table } from "../report/table.ts";
import type { BlockResult } from "../run/block.ts";
import { runSaleBlock } from "../run/sale-block.ts";
import type { Figure, FigureContext, Measurement } from "./figure.ts";

const CONTENDERS = 4;
const WINDOWS = 3;
const WINDOW_MS = 100;

/** Every store of an adapter in every mode that it can do. */
export const storeModes: Figure = {
  name: "store-modes",
  claim:
    "Tickets a second for every store and mode across 4 processes, unlocked beside locked: no mode that promises to be exact oversells, and the race is seen where nobody waits",
  limit: { kind: "at-most", value: 0 },
  needs: { lock: "mapped", store: "sqlite" },
  onlyWhenNamed: false,
  measure: ({ adapter, signal }: FigureContext) => measureStoreModes(adapter!, signal),
};

/** A store in a mode, and what became of it. */
interface Sale {
  readonly store: string;
  readonly mode: SellingMode;
  readonly lock: string;
  readonly result: BlockResult | Error;
}

/** Sells from every store in every mode, each until it is sold out once. */
export async function measureStoreModes(
  adapter: Adapter,
  signal: AbortSignal,
): Promise<Measurement> {
  const sales: Sale[] = [];
  for (const cell of cellsOf(describeAdapters([adapter])!)) {
    signal.throwIfAborted();
    const input = { cell, windows: WINDOWS, windowMs: WINDOW_MS, seed: 1 };
    const { store, lock } = cell;
    const mode = cell.mode as SellingMode;
    try {
      sales.push({ store, mode, lock, result: await runSaleBlock([adapter], input, signal) });
    } catch (error) {
      signal.throwIfAborted();
      const result = error instanceof Error ? error : new Error(String(error));
      sales.push({ store, mode, lock, result });
    }
  }
  const exact = sales.filter(({ mode }) => sellingModes[mode].exact);
  const racing = sales.filter(({ mode }) => !sellingModes[mode].exact);
  const oversold = exact.reduce((sum, sale) => sum + oversoldIn(sale), 0);
  const fastest = Math.max(...exact.map(perSecond));
  return {
    value: oversold,
    unit: "tickets oversold",
    control: racing.reduce((sum, sale) => sum + oversoldIn(sale), 0),
    ratio: null,
    range: null,
    compared: oversold,
    detail: `${exact.length} exact sales from ${new Set(sales.map(({ store }) => store)).size} stores, the fastest at ${digits(fastest)} tickets/s; the control is what ${racing.length} sales without a lock oversold; ${WINDOWS} windows of ${WINDOW_MS} ms and a sale of 500 tickets each`,
    faults: [...exact.flatMap(saleFaults), ...(racing.some(isRace) ? [] : ["no race was seen"])],
    table: tableOf(sales),
  };
}

function cellsOf(entry: CatalogueEntry): Cell[] {
  const usable = ({ guarantees }: CatalogueEntry["locks"][number]): boolean =>
    guarantees.exclusive && scopeCovers(guarantees.scope, entry.scope);
  const lock = entry.locks.find(usable)?.kind ?? "none";
  return entry.stores
    .filter(({ guarantees }) => scopeCovers(guarantees.scope, entry.scope))
    .flatMap(({ kind, guarantees }) =>
      modesOf(guarantees).map((mode) => ({
        runtime: entry.runtime,
        adapter: entry.adapter,
        lock: sellingModes[mode].lock === "none" ? "none" : lock,
        store: kind,
        mode,
        contenders: CONTENDERS,
        section: 0,
        role: "sale" as const,
        scenario: STEADY,
        gate: false,
        twin: 0,
      })),
    );
}

function oversoldIn({ result }: Sale): number {
  return result instanceof Error ? 0 : (result.sellOut?.oversold ?? 0);
}

function perSecond({ result }: Sale): number {
  return result instanceof Error ? 0 : 1e9 / result.meanNs;
}

/** True if racing buyers did what only a lock prevents: sold a ticket twice, or ruined the file. */
function isRace(sale: Sale): boolean {
  return sale.result instanceof Error || oversoldIn(sale) > 0 || lostIn(sale.result) > 0;
}

function lostIn({ windows, check, sellOut }: BlockResult): number {
  const lost = [...windows, ...[check, sellOut].filter((one) => one !== null)];
  return lost.reduce((sum, { lostUpdates }) => sum + Math.abs(lostUpdates), 0);
}

/** What is wrong with a sale that promises to be exact. */
export function saleFaults({ store, mode, result }: Sale): string[] {
  const where = `${mode} from ${store}`;
  if (result instanceof Error) return [`${where}: ${result.message.split("\n")[0]}`];
  const { sellOut, check } = result;
  return [
    ...(sellOut === null ? [`${where}: nothing was sold out`] : []),
    ...(sellOut !== null && sellOut.oversold > 0 ? [`${where}: ${sellOut.oversold} oversold`] : []),
    ...(lostIn(result) > 0 ? [`${where}: ${lostIn(result)} updates lost`] : []),
    ...((sellOut?.journalFaults ?? 0) > 0
      ? [`${where}: ${sellOut!.journalFaults} journal faults`]
      : []),
    ...((check?.overlaps ?? 0) > 0 ? [`${where}: ${check!.overlaps} overlaps`] : []),
  ];
}

function tableOf(sales: readonly Sale[]): Table {
  return {
    title: "Tickets a second by store and mode",
    head: ["store", "mode", "lock", "tickets/s", "oversold", "lost", "journal"],
    words: 3,
    rows: sales.map((sale) => {
      const { store, mode, lock, result } = sale;
      const place = [store, mode, lock === "none" ? "-" : lock];
      // A file that racing writers have ruined can be sold from no more.
      if (result instanceof Error) return [...place, "ruined", "-", "-", "-"];
      const faults = result.sellOut?.journalFaults ?? null;
      return [
        ...place,
        rate(perSecond(sale)),
        String(oversoldIn(sale)),
        String(lostIn(result)),
        faults === null ? "-" : String(faults),
      ];
    }),
    notes: [
      `${CONTENDERS} processes; oversold: of a sale of 500 tickets that sells out; journal: faults in it, where there is one; ruined: racing writers left a file that cannot be read.`,
    ],
  };
}
