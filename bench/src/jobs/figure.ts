import type { JobContext } from "@ticketlock/harness";
import type { FigureContext, Measurement } from "../figures/figure.ts";
import { figures } from "../figures/list.ts";

/** What the job is told. */
export interface FigureJobInput {
  readonly name: string;
  readonly peers: FigureContext["peers"];
  readonly root: string;
}

/** Measures one figure in a fresh process of the first adapter's runtime. */
export default async function figure({
  adapters,
  input,
  signal,
}: JobContext): Promise<Measurement> {
  const { name, peers, root } = input as FigureJobInput;
  const found = figures.find((each) => each.name === name);
  if (found === undefined) throw new Error(`Cannot measure ${name}: there is no such figure.`);
  return found.measure({ adapter: adapters[0], adapters, peers, root, signal });
}
