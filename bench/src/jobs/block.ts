import type { JobContext } from "@ticketlock/harness";
import { warmPace } from "../environment/pace.ts";
import { adapter as peerAdapter } from "../peers/peer-adapter.ts";
import { isCounterCell, STEADY } from "../plan/cell.ts";
import type { BlockInput, BlockResult } from "../run/block.ts";
import { runCounterBlock } from "../run/counter-block.ts";
import { runLoadBlock } from "../run/load-block.ts";
import { runSaleBlock } from "../run/sale-block.ts";

/** Measures one block of one cell, in a fresh process of the runtime that owns its session. */
export default function block({ adapters, input, signal }: JobContext): Promise<BlockResult> {
  warmPace();
  const blockInput = input as BlockInput;
  // A peer without a program of its own is measured with contenders of an adapter.
  const all = blockInput.cell.role === "peer" ? [...adapters, peerAdapter] : adapters;
  if (blockInput.cell.scenario !== STEADY) return runLoadBlock(all, blockInput, signal);
  return isCounterCell(blockInput.cell)
    ? runCounterBlock(all, blockInput, signal)
    : runSaleBlock(all, blockInput, signal);
}
