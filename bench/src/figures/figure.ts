import type { Adapter, Launcher } from "@ticketlock/core";
import type { Table } from "../report/table.ts";
import type { PeerCommand, PeerProgram } from "../peers/peer-programs.ts";

/** The line that a figure must keep to. */
export interface Limit {
  readonly kind: "at-most" | "at-least";
  readonly value: number;
}

/** What a figure is measured with. */
export interface FigureContext {
  /** An adapter that has what the figure needs, the first of `adapters`; absent where it needs none. */
  readonly adapter: Adapter | undefined;
  /** One of each runtime that the figure needs. */
  readonly adapters: readonly Adapter[];
  /** The one that has the control's lock; absent where the figure needs none. */
  readonly control?: Adapter | undefined;
  readonly peers: Readonly<Record<PeerProgram, PeerCommand>>;
  /** Top of the workspace. */
  readonly root: string;
  readonly signal: AbortSignal;
}

/** What came out. `compared` is held against the limit. */
export interface Measurement {
  readonly value: number;
  readonly unit: string;
  /** The same work by what the claim compares with; null where the claim is absolute. */
  readonly control: number | null;
  /** Median of value over median of control, or the other way round where the claim says so. */
  readonly ratio: number | null;
  /** Smallest and largest ratio (or value) of a single round. */
  readonly range: readonly [number, number] | null;
  readonly compared: number;
  /** How much was done, in a few words. */
  readonly detail: string;
  /** What must not happen and did, whatever the numbers: a lost update, a ticket sold twice. */
  readonly faults: readonly string[];
  /** What is too much for one row. */
  readonly table?: Table;
}

/** A claim that can be measured. */
export interface Figure {
  readonly name: string;
  readonly claim: string;
  readonly limit: Limit;
  /** What the adapters must have; `{}` for nothing, then the figure is measured without one. */
  readonly needs: {
    readonly lock?: string;
    readonly store?: string;
    /** Where the contenders run; of each runtime one adapter is found, and the first one's owns the session. Default: Node. */
    readonly runtimes?: readonly Launcher["runtime"][];
    /** A kind of lock that the first runtime must have as well, of whichever adapter: the control. */
    readonly control?: string;
  };
  /** Measured only when named, or with --all: takes long, or needs the network. */
  readonly onlyWhenNamed: boolean;
  measure(context: FigureContext): Promise<Measurement>;
}

/** The parts of a measurement of which the claim says a number, and compares with nothing. */
export function absolute(value: number, unit: string): Omit<Measurement, "detail" | "faults"> {
  return { value, unit, control: null, ratio: null, range: null, compared: value };
}

/** A row of the result. */
export interface FigureRow extends Measurement {
  readonly name: string;
  readonly claim: string;
  readonly limit: Limit;
  readonly adapter: string | null;
  readonly pass: boolean;
}

/** True if a measurement keeps to the limit and nothing went wrong. */
export function keepsTo(limit: Limit, { compared, faults }: Measurement): boolean {
  const within = limit.kind === "at-most" ? compared <= limit.value : compared >= limit.value;
  return within && faults.length === 0;
}
