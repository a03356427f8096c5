/** Block means of a cell on their logarithms: how many, their mean, and their variance (of a sample). */
export interface LogMeans {
  readonly blocks: number;
  readonly mean: number;
  readonly variance: number;
}

/** Those of all blocks, and of the blocks that nobody disturbed. */
export interface RowMeans {
  readonly all: LogMeans;
  readonly clean: LogMeans;
}

/** Reads what `writeRowMeans` wrote. */
export function readRowMeans(text: string): RowMeans {
  const [all, clean] = text.split(";").map(readLogMeans);
  return { all: all!, clean: clean ?? all! };
}

/** As short as four digits of a ratio allow; the undisturbed blocks only where others were disturbed. */
export function writeRowMeans({ all, clean }: RowMeans): string {
  const written = writeLogMeans(all);
  return clean.blocks === all.blocks ? written : `${written};${writeLogMeans(clean)}`;
}

function readLogMeans(text: string): LogMeans {
  const [blocks, mean, variance] = text.split(",").map(Number) as [number, number, number];
  return { blocks, mean, variance };
}

function writeLogMeans({ blocks, mean, variance }: LogMeans): string {
  return [blocks, Number(mean.toFixed(7)), Number(variance.toPrecision(6))].join(",");
}
