import { runJob } from "@ticketlock/harness";
import type { Attached } from "../jobs/attach.ts";
import type { AttachTimes } from "../workloads/attach.ts";
import { duration } from "../report/format.ts";
import type { Table } from "../report/table.ts";
import { chooseAdapters } from "../run/prepare.ts";
import { median } from "../statistics/interval.ts";
import type { Figure, FigureContext, Measurement } from "./figure.ts";

const JOB = new URL("../jobs/attach.ts", import.meta.url);
/** For opening and the first call that has to wait, together. */
const LIMIT_MS = 150;
const OPEN_LIMIT_MS = 50;

/** What it takes to open a lock and to wait for it first: start-up that no figure of its cost may hide. */
export const attachCost: Figure = {
  name: "attach-cost",
  claim:
    "Opening the first lock in a fresh contender: at most 50 ms (median) for every kind in every runtime; with the call of its first acquire that has to wait, after which FFI and helpers are started: at most 150 ms",
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
    const medians = rows.map(({ first }) => median(first.map(startUpNs)) / 1e6);
    const worst = Math.max(...medians);
    const { adapter, kind } = rows[medians.indexOf(worst)]!;
    return {
      value: worst,
      unit: "ms",
      control: null,
      ratio: null,
      range: [Math.min(...medians), worst],
      compared: worst,
      detail: `median over ${rows[0]!.first.length} fresh contenders of each of ${rows.length} kinds; the slowest is ${kind} of ${adapter}`,
      faults: rows.flatMap(({ adapter, kind, first }) => {
        const openMs = median(first.map(({ openNs }) => openNs)) / 1e6;
        return openMs <= OPEN_LIMIT_MS
          ? []
          : [`opening ${kind} of ${adapter} took ${openMs.toFixed(1)} ms (limit ${OPEN_LIMIT_MS})`];
      }),
      table: tableOf(rows),
    };
  },
};

interface Row extends Attached {
  readonly adapter: string;
  readonly runtime: string;
}

/** For which the thread does nothing else: what the limit is for. */
function startUpNs({ openNs, callNs }: AttachTimes): number {
  return openNs + callNs;
}

function tableOf(rows: readonly Row[]): Table {
  return {
    title: "What opening a lock and first waiting for it takes",
    head: [
      "runtime",
      "adapter",
      "lock",
      "first",
      "most",
      "second",
      "call",
      "most",
      "grant",
      "again",
    ],
    words: 3,
    rows: rows.map(({ runtime, adapter, kind, first, second }) => {
      const middle = (times: readonly AttachTimes[], which: keyof AttachTimes): string =>
        duration(median(times.map((one) => one[which])));
      const most = (which: keyof AttachTimes): string =>
        duration(Math.max(...first.map((one) => one[which])));
      return [
        runtime,
        adapter,
        kind,
        middle(first, "openNs"),
        most("openNs"),
        middle(second, "openNs"),
        middle(first, "callNs"),
        most("callNs"),
        middle(first, "grantNs"),
        middle(second, "grantNs"),
      ];
    }),
    notes: [
      "first: opening a lock in a contender that has opened none yet; second: another lock of that kind in the same contender. Importing the adapter is not in it.",
      "call: for how long the first acquire() that has to wait keeps its thread, which starts a helper where there is one; grant: from that call to the grant, the lock being given back as soon as it counts the waiter; again: the same for the second lock. Median, and most.",
    ],
  };
}
