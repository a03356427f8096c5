import { NONE_KIND } from "@ticketlock/core";
import type { Report, ReportCell } from "../report.ts";
import { runNoise } from "../run-noise.ts";
import { costSplitPicture } from "./cost-split-picture.ts";
import { openLoopPicture, waitPicture } from "./latency-picture.ts";
import type { Picture } from "./picture.ts";
import { ratioPictures } from "./ratio-picture.ts";
import { recoveryPicture } from "./recovery-picture.ts";
import { SeriesOfLocks } from "./series.ts";
import { sharesPicture } from "./shares-picture.ts";
import { throughputPicture } from "./throughput-picture.ts";
import { timelinePicture } from "./timeline-picture.ts";
import { isLock, worksOf } from "./works.ts";

/** Pictures that answer the same question; at least one. */
export interface PictureTopic {
  readonly title: string;
  readonly pictures: readonly Picture[];
}

/** All pictures that a report has data for, by the question that they answer; their names differ. */
export function reportPictures(report: Report): PictureTopic[] {
  const { cells, environment } = report;
  const series = new SeriesOfLocks(cells);
  const works = worksOf(cells);
  const noise = runNoise(cells);
  const pictures = [
    ...timelines(cells),
    ...works.map((work) => throughputPicture(work, environment.cores, series)),
    ...works.map((work) => costSplitPicture(work, series, cells, noise)),
    ...ratioPictures(cells, noise, series),
    ...works.map((work) => waitPicture(work, series)),
    ...byLock(cells.filter(({ scenario }) => scenario.startsWith("open-"))).map(openLoopPicture),
    ...works.map((work) => sharesPicture(work, series)),
    ...byAdapter(cells.filter(({ scenario }) => scenario === "crash")).map((some) =>
      recoveryPicture(some, series),
    ),
  ].filter((picture) => picture !== undefined);
  const taken = new Set<string>();
  const named = pictures.map((picture) => ({ ...picture, name: unique(picture.name, taken) }));
  return [...Map.groupBy(named, ({ topic }) => topic)].map(([title, some]) => ({
    title,
    pictures: some,
  }));
}

/** The first lock of each adapter stands beside the same work without a lock. */
function timelines(cells: readonly ReportCell[]): (Picture | undefined)[] {
  return byAdapter(cells.filter(({ scenario }) => scenario === "line-up")).flatMap((some) => {
    const unlocked = some.find(({ lock }) => lock === NONE_KIND);
    return some
      .filter(isLock)
      .map((cell, i) => timelinePicture(cell, i === 0 ? unlocked : undefined));
  });
}

function byAdapter(cells: readonly ReportCell[]): ReportCell[][] {
  return [
    ...Map.groupBy(cells, ({ adapter, runtime }) => JSON.stringify([adapter, runtime])).values(),
  ];
}

function byLock(cells: readonly ReportCell[]): ReportCell[][] {
  return [
    ...Map.groupBy(cells, ({ adapter, runtime, lock }) =>
      JSON.stringify([adapter, runtime, lock]),
    ).values(),
  ];
}

/** Two adapters' names may come to the same letters and digits. */
function unique(name: string, taken: Set<string>): string {
  let free = name;
  for (let again = 2; taken.has(free); again++) free = `${name}-${again}`;
  taken.add(free);
  return free;
}
