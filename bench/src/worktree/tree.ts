import { BROKEN_KIND } from "@ticketlock/core";
import { z } from "zod";
import { usageError } from "../cli/usage-error.ts";
import { type Candidate, candidates, type Selection } from "../plan/candidates.ts";
import type { CatalogueEntry } from "../plan/catalogue.ts";
import { type Cell, cellKey } from "../plan/cell.ts";
import type { Preset } from "../plan/presets.ts";
import { firstFault } from "../report/read-report.ts";
import { blockSchema } from "../report/schema.ts";
import { type BenchJobs, jobsOf } from "../run/bench-jobs.ts";
import type { BlockResult } from "../run/block.ts";
import { type BlockJobOptions, runBlockJob } from "../run/block-job.ts";
import { type Cast, chooseAdapters, readCatalogue } from "../run/prepare.ts";
import { withUntold } from "./with-untold.ts";

/** What of a catalogue the choice of cells rests on; a bench of another time may answer in another form. */
const catalogueSchema = z.array(
  z.looseObject({
    adapter: z.string(),
    runtime: z.string(),
    unit: z.enum(["thread", "process"]),
    launchers: z.number(),
    scope: z.string(),
    words: z.string(),
    versions: z.record(z.string(), z.string()),
    locks: z.array(
      z.looseObject({
        kind: z.string(),
        guarantees: z.looseObject({ scope: z.string(), exclusive: z.boolean() }),
      }),
    ),
    stores: z.array(z.looseObject({ kind: z.string(), guarantees: z.looseObject({}) })),
  }),
);

/**
 * A tree of this workspace, at some commit, whose locks are measured by its own code: its adapters, its core,
 * its block job. What starts that job, and Node itself, are this process's for every tree.
 */
export class Tree {
  /** What lines call it. */
  readonly name: string;
  readonly root: string;
  readonly jobs: BenchJobs;
  readonly casts: readonly Cast[];
  readonly catalogue: readonly CatalogueEntry[];

  private constructor(name: string, root: string, casts: readonly Cast[], catalogue: unknown) {
    this.name = name;
    this.root = root;
    this.jobs = jobsOf(root);
    this.casts = casts;
    const parsed = catalogueSchema.safeParse(catalogue);
    if (!parsed.success) throw otherForm(name, parsed.error);
    this.catalogue = catalogue as readonly CatalogueEntry[];
  }

  /**
   * Asks the adapters of a tree what they declare.
   * @param adapters - names; absent means all
   * @throws {TicketlockError} `USAGE`, `ADAPTER_NOT_FOUND`, `ADAPTER_INVALID`; the signal's reason
   */
  static async open(
    name: string,
    root: string,
    adapters: readonly string[] | undefined,
    signal: AbortSignal,
  ): Promise<Tree> {
    const casts = chooseAdapters(root, adapters);
    const catalogue = await readCatalogue(casts, signal, jobsOf(root).catalogue);
    return new Tree(name, root, casts, catalogue);
  }

  /** The cells that `compare` decides by, and the lock that must be caught; a list for each adapter. */
  gatesAndControl(preset: Preset, selection: Selection): Candidate[][] {
    return this.catalogue.map((entry) =>
      candidates(entry, preset, selection).filter(
        ({ cell }) => cell.gate || cell.lock === BROKEN_KIND,
      ),
    );
  }

  /** Measures one block. @throws {TicketlockError} `USAGE` if the answer is not of this bench's form */
  async measure(cell: Cell, options: Omit<BlockJobOptions, "job">): Promise<BlockResult> {
    const cast = this.casts.find(({ name }) => name === cell.adapter);
    if (cast === undefined) throw new Error(`${this.name} has no adapter ${cell.adapter}`);
    const answer = await runBlockJob(cast.entries, cell, { ...options, job: this.jobs.block });
    return this.#readBlock(answer);
  }

  /** One short block, to find out before all others whether this tree can be measured. @throws {TicketlockError} `USAGE` */
  async tryBlock(cell: Cell, signal: AbortSignal): Promise<void> {
    try {
      await this.measure(cell, { preset: { windows: 1, windowMs: 10 }, seed: 1, signal });
    } catch (error) {
      signal.throwIfAborted();
      const [why] = (error instanceof Error ? error.message : String(error)).split("\n");
      throw usageError(
        `Cannot compare with ${this.name}: its bench does not measure ${cellKey(cell)} as this one does: ${why} Name a later commit.`,
      );
    }
  }

  #readBlock(answer: unknown): BlockResult {
    const parsed = blockSchema.safeParse(withUntold(answer));
    if (parsed.success) return parsed.data;
    throw otherForm(this.name, parsed.error);
  }
}

function otherForm(name: string, error: z.ZodError): Error {
  return usageError(
    `Cannot compare with ${name}: its bench answers in another form (${firstFault(error)}). Name a later commit.`,
  );
}
