import type { JobContext } from "@ticketlock/harness";
import { adapter as peerAdapter } from "../peers/peer-adapter.ts";
import { isCounterCell } from "../plan/cell.ts";
import type { BlockInput, BlockResult } from "../run/block.ts";
import { runCounterBlock } from "../run/counter-block.ts";
import { runSaleBlock } from "../run/sale-block.ts";

/** Measures one block of one cell, in a fresh process of the cell's runtime. */
export default function block({ adapters, input, signal }: JobContext): Promise<BlockResult> {
  const [adapter] = adapters;
  const blockInput = input as BlockInput;
  if (adapter === undefined) throw new Error("Cannot measure a block: no adapter was given.");
  // A peer without a program of its own is measured with contenders of the adapter.
  const others = blockInput.cell.role === "peer" ? [peerAdapter] : [];
  return isCounterCell(blockInput.cell)
    ? runCounterBlock(adapter, blockInput, signal, others)
    : runSaleBlock(adapter, blockInput, signal);
}
