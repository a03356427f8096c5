import { isContaminated } from "../environment/noise.ts";
import { type Cell, cellKey } from "../plan/cell.ts";
import type { BlockResult } from "../run/block.ts";
import { nsPerOperation } from "../run/rates.ts";
import { mean } from "../statistics/interval.ts";
import { mergeHistograms } from "../statistics/percentiles.ts";
import type { Report, ReportCell } from "./report.ts";

/**
 * The first thing in a report that contradicts itself, with its place, though each part is as the schema says:
 * `cells[3].key: ...`. Undefined if all agrees. Histograms are left to `histogramFaultIn`, which takes long.
 */
export function faultIn({ cells }: Report): string | undefined {
  const seen = new Set<string>();
  for (const [i, cell] of cells.entries()) {
    const place = `cells[${i}]`;
    const key = cellKey(cell as Cell);
    if (cell.key !== key)
      return `${place}.key: it is ${cell.key}, and the cell's parts make ${key}`;
    if (seen.has(key)) return `${place}.key: ${key} is there twice`;
    seen.add(key);
    const fault = faultInBlocks(cell);
    if (fault !== undefined) return `${place}.${fault}`;
  }
  return undefined;
}

function faultInBlocks({ blocks, contenders }: ReportCell): string | undefined {
  for (const [i, block] of blocks.entries()) {
    const { windows, load } = block;
    const place = `blocks[${i}]`;
    const uneven = windows.findIndex(({ shares, spansNs }) => shares.length !== spansNs.length);
    if (uneven >= 0) return `${place}.windows[${uneven}]: as many shares as spansNs must be there`;
    const fault = faultInSums(block);
    if (fault !== undefined) return `${place}.${fault}`;
    const stranger = load?.sections.findIndex(([contender]) => contender >= contenders) ?? -1;
    if (stranger >= 0)
      return `${place}.load.sections[${stranger}]: there are ${contenders} contenders`;
    const recovery = load?.recovery ?? null;
    if (recovery === null) continue;
    const { grants, covered, nextGrantNs, deaths } = recovery;
    if (grants.length !== covered.length)
      return `${place}.load.recovery: as many grants as covered must be there`;
    if (nextGrantNs.length > deaths)
      return `${place}.load.recovery.nextGrantNs: there are ${deaths} deaths`;
  }
  return undefined;
}

/** Sums of the same numbers in another order differ by less. */
const ROUNDING = 1e-9;

/** What a block says of its windows that they do not: every estimate and verdict rests on it. */
function faultInSums({ windows, meanNs, contaminated }: BlockResult): string | undefined {
  for (const [i, window] of windows.entries()) {
    const counted = nsPerOperation(window.shares, window.spansNs);
    if (differ(window.nsPerOperation, counted))
      return `windows[${i}].nsPerOperation: it is ${window.nsPerOperation}, and its shares and spans make ${counted}`;
  }
  const counted = mean(windows.map((window) => window.nsPerOperation));
  if (differ(meanNs, counted)) return `meanNs: it is ${meanNs}, and its windows make ${counted}`;
  const isDisturbed = isContaminated(windows.map(({ noise }) => noise));
  if (contaminated !== isDisturbed)
    return `contaminated: it is ${contaminated}, and the noise of its windows makes it ${isDisturbed}`;
  return undefined;
}

function differ(a: number, b: number): boolean {
  return !(Math.abs(a - b) <= ROUNDING * Math.abs(b));
}

/** The place of the first histogram that cannot be decoded; undefined if all can. */
export function histogramFaultIn({ cells }: Report): string | undefined {
  for (const [i, { blocks }] of cells.entries())
    for (const [j, block] of blocks.entries())
      for (const [name, histogram] of histogramsOf(block))
        if (!isDecodable(histogram))
          return `cells[${i}].blocks[${j}].${name}: it is no histogram, or was cut off`;
  return undefined;
}

function histogramsOf({ check, load }: BlockResult): [name: string, histogram: string][] {
  const all: [string, string | null | undefined][] = [
    ["check.histogram", check?.histogram],
    ["load.waits", load?.waits],
    ["load.passedBy", load?.passedBy],
    ["load.latencies", load?.latencies],
    ["load.loopDelays", load?.loopDelays],
  ];
  return all.filter((one): one is [string, string] => typeof one[1] === "string");
}

function isDecodable(histogram: string): boolean {
  try {
    mergeHistograms([histogram]);
    return true;
  } catch {
    return false;
  }
}
