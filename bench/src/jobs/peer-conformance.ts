import type { JobContext } from "@ticketlock/harness";
import { type PeerOutcome, tryPeer } from "../peers/conformance.ts";

/** Where a peer's lock fails the conformance suite; the adapter lends it contenders. */
export default function peerConformance({
  adapters: [adapter],
  input,
}: JobContext): Promise<PeerOutcome> {
  const { kind } = input as { kind: string };
  if (adapter === undefined) throw new Error("Cannot try a peer: no adapter was given.");
  return tryPeer(kind, adapter);
}
