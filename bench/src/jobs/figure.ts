import type { JobContext } from "@ticketlock/harness";
import type { FigureContext, Measurement } from "../figures/figure.ts";
import { figures } from "../figures/list.ts";

/** What the job is told. */
export interface FigureJobInput {
  readonly name: string;
  /** The last of the adapters is the control's. */
  readonly hasControl: boolean;
  readonly peers: FigureContext["peers"];
  readonly root: string;
}

/** Measures one figure in a fresh process of the first adapter's runtime. */
export default async function figure({
  adapters,
  input,
  signal,
}: JobContext): Promise<Measurement> {
  const { name, hasControl, peers, root } = input as FigureJobInput;
  const found = figures.find((each) => each.name === name);
  if (found === undefined) throw new Error(`Cannot measure ${name}: there is no such figure.`);
  const control = hasControl ? adapters.at(-1) : undefined;
  const own = hasControl ? adapters.slice(0, -1) : adapters;
  return found.measure({ adapter: own[0], adapters: own, control, peers, root, signal });
}
