import type { Contender } from "@ticketlock/core";

/** Sends many notes at once, and then blocks its thread for ever. */
export default function flood({ channel }: Contender, notes: number): void {
  for (let i = 0; i < notes; i++) channel.send("note", i);
  const nobody = new Int32Array(new SharedArrayBuffer(4));
  for (;;) Atomics.wait(nobody, 0, 0);
}
