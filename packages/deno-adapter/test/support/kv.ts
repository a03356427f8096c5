import type { Handle, Inventory, Sale } from "@ticketlock/core";
import type { RetrySummary } from "../../src/index.ts";
import { type DenoProgram, startProgram } from "./deno.ts";

/** What a program that uses Deno KV needs, for stores in `directory`. */
export function kvFlags(directory: string): string[] {
  return ["--unstable-kv", `--allow-read=${directory}`, `--allow-write=${directory}`];
}

/** A store as a program sees it. */
export interface Seen {
  readonly inventory: Inventory;
  readonly sales: readonly Sale[];
}

/** Plays steps in one process of Deno, in order, and gives what each says. See programs/kv-steps.ts. */
export async function playKv<T extends readonly unknown[]>(
  directory: string,
  steps: readonly unknown[],
): Promise<T> {
  const program = startProgram("kv-steps", [JSON.stringify(steps)], kvFlags(directory));
  const code = await program.ended;
  if (code !== 0) throw new Error(`the program ended with ${code}: ${program.errors}`);
  return program.said as unknown as T;
}

/** A process that sells; see programs/kv-seller.ts. */
export class KvSeller {
  readonly program: DenoProgram;

  constructor(directory: string, handle: Handle, prefix: string, together: number, twin = "") {
    const args = [JSON.stringify(handle), prefix, String(together), twin];
    this.program = startProgram("kv-seller", args, kvFlags(directory));
  }

  /** Starts all of them at once. */
  static async startAll(sellers: readonly KvSeller[]): Promise<void> {
    await Promise.all(sellers.map(({ program }) => program.until((said) => said.length > 0)));
    for (const { program } of sellers) program.tell("go");
  }

  get told(): Sale[] {
    return this.program.said.filter((one): one is Sale => isObject(one) && "order" in one);
  }

  /** Said at the end. */
  get retries(): RetrySummary | undefined {
    return this.program.said.find((one): one is RetrySummary => isObject(one) && "most" in one);
  }
}

/** What is wrong with a journal: serials not dense, an order twice, a counter that says something else. */
export function journalFaults({ inventory, sales }: Seen): string[] {
  const faults: string[] = [];
  let next = 0;
  for (const { order, firstSerial, quantity } of sales) {
    if (firstSerial !== next) faults.push(`${order} has serial ${firstSerial} instead of ${next}`);
    next = firstSerial + quantity;
  }
  if (new Set(sales.map(({ order }) => order)).size !== sales.length) faults.push("an order twice");
  const { capacity, remaining } = inventory;
  if (capacity - remaining !== next)
    faults.push(`${next} sold, but ${remaining} of ${capacity} left`);
  return faults;
}

function isObject(value: unknown): value is object {
  return typeof value === "object" && value !== null;
}
