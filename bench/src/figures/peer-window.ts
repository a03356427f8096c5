import type { PeerProgram } from "../peers/peer-programs.ts";
import { runPeer } from "../peers/run-peer.ts";
import type { Sample } from "./alternate.ts";
import type { FigureContext } from "./figure.ts";

/** One window of a peer, in a fresh process. @throws if its program is missing */
export async function peerWindow(
  { peers, signal }: FigureContext,
  program: PeerProgram,
  kind: string,
  contenders: number,
  windowMs: number,
): Promise<Sample> {
  const command = peers[program];
  if ("missing" in command) throw new Error(`Cannot measure the control: ${command.missing}`);
  const { meanNs, contaminated } = await runPeer(
    command,
    { kind, contenders, warmUps: 3, windows: 1, windowMs },
    signal,
  );
  return { nsPerOperation: meanNs, disturbed: contaminated };
}
