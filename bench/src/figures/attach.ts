import { runJob } from "@ticketlock/harness";
import type { Attached } from "../jobs/attach.ts";
import { duration } from "../report/format.ts";
import type { Table } from "../report/table.ts";
import { chooseAdapters } from "../run/prepare.ts";
import { median } from "../statistics/interval.ts";
import type { Figure, FigureContext, Measurement } from "./figure.ts";

const JOB = new URL("../jobs/attach.ts", import.meta.url);
const LIMIT_MS = 50;

/** What it takes to open a lock: start-up that no figure of its cost may hide. */
export const attachCost: Figure = {
  name: "attach-cost",
  claim:
    "Opening the first lock in a fresh contender, FFI and helpers started: at most 50 ms (median) for every kind in every runtime",
  limit: { kind: "at-most", value: LIMIT_MS },
  needs: {},
  onlyWhenNamed: false,
  async measure({ root, signal }: FigureContext): Promise<Measurement> {
    const rows: Row[] = [];
    for (const { name, entries } of chooseAdapters(root, undefined)) {
      const attached = (await runJob(entries, JOB, null, {
        signal,
        stderr: () => {},
      })) as Attached[];
      rows.push(
        ...attached.map((one) => ({ ...one, adapter: name, runtime: entries[0]!.runtime })),
      );
    }
    const medians = rows.map(({ firstNs }) => median(firstNs) / 1e6);
    const worst = Math.max(...medians);
    const { adapter, kind } = rows[medians.indexOf(worst)]!;
    return {
      value: worst,
      unit: "ms",
      control: null,
      ratio: null,
      range: [Math.min(...medians), worst],
      compared: worst,
      detail: `median over ${rows[0]!.firstNs.length} fresh contenders of each of ${rows.length} kinds; the slowest is ${kind} of ${adapter}`,
      faults: [],
      table: tableOf(rows),
    };
  },
};

interface Row extends Attached {
  readonly adapter: string;
  readonly runtime: string;
}

function tableOf(rows: readonly Row[]): Table {
  return {
    title: "What opening a lock takes",
    head: ["runtime", "adapter", "lock", "first", "most", "second", "most"],
    words: 3,
    rows: rows.map(({ runtime, adapter, kind, firstNs, secondNs }) => [
      runtime,
      adapter,
      kind,
      ...[firstNs, secondNs].flatMap((times) => [
        duration(median(times)),
        duration(Math.max(...times)),
      ]),
    ]),
    notes: [
      "first: in a contender that has opened no lock yet; second: another lock of that kind in the same contender. Median, and most. Importing the adapter is not in it.",
    ],
  };
}
