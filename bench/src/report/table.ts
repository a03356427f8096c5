/** A table as every format renders it. */
export interface Table {
  readonly title: string;
  readonly head: readonly string[];
  readonly rows: readonly (readonly string[])[];
  /** How many columns from the left hold words; the others hold numbers. */
  readonly words: number;
  /** What a reader needs to read it, one sentence each. */
  readonly notes: readonly string[];
}
