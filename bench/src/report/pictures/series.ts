import {
  symbol,
  symbolCircle,
  symbolCross,
  symbolDiamond,
  symbolSquare,
  symbolStar,
  symbolTriangle,
  type SymbolType,
  symbolWye,
} from "d3-shape";
import type { ReportCell } from "../report.ts";
import { SERIES_COLOURS } from "./picture-style.ts";

/** How a lock is drawn, the same in all pictures of a report: by a colour and by a shape. */
export interface Series {
  /** Class of lines and marks. */
  readonly colour: string;
  /** Path of its mark around the origin. */
  readonly shape: string;
}

const SHAPES: readonly SymbolType[] = [
  symbolCircle,
  symbolSquare,
  symbolTriangle,
  symbolDiamond,
  symbolCross,
  symbolStar,
  symbolWye,
];

/** Area of a mark in square pixels. */
const MARK_AREA = 48;

/** Gives each kind of lock its colour and shape; controls are grey. More kinds than colours differ in shape. */
export class SeriesOfLocks {
  readonly #kinds: readonly string[];

  constructor(cells: readonly ReportCell[]) {
    const kinds = (wanted: string): string[] =>
      cells
        .filter(({ role }) => role === wanted)
        .map(({ lock }) => lock)
        .sort();
    this.#kinds = [...new Set([...kinds("lock"), ...kinds("peer")])];
  }

  of({ lock, role }: Pick<ReportCell, "lock" | "role">): Series {
    const index = role === "control" ? -1 : this.#kinds.indexOf(lock);
    if (index < 0) return { colour: "control", shape: shapePath(symbolCircle, MARK_AREA / 3) };
    return seriesAt(index);
  }
}

/** The colours and shapes in their order, again from the first one when all are taken. */
export function seriesAt(index: number): Series {
  return {
    colour: `s${index % SERIES_COLOURS}`,
    shape: shapePath(SHAPES[index % SHAPES.length]!, MARK_AREA),
  };
}

function shapePath(type: SymbolType, area: number): string {
  return symbol(type, area).digits(2)() ?? "";
}
