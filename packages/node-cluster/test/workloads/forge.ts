import type { Contender } from "@ticketlock/core";

export interface Forged {
  /** What the broker answered. */
  readonly replies: readonly { readonly type: string }[];
  /** The lock could be had although the other contender held it. */
  readonly taken: boolean;
}

/** Contender 0 holds the lock while contender 1 sends `bodies` to the broker past its client. */
export default async function forge(
  contender: Contender,
  { bodies }: { bodies: readonly unknown[] },
): Promise<Forged> {
  if (contender.index === 0) {
    const guard = await contender.lock().acquire();
    await contender.meet("held");
    await contender.meet("forged");
    await guard.release();
    return { replies: [], taken: false };
  }
  await contender.meet("held");
  const replies: { type: string }[] = [];
  await new Promise<void>((resolve) => {
    process.on("message", (message: { ticketlock?: string; body: { type: string } }) => {
      if (message.ticketlock !== "lock" || replies.length === bodies.length) return;
      if (replies.push(message.body) === bodies.length) resolve();
    });
    for (const body of bodies) process.send!({ ticketlock: "lock", body });
  });
  const taken = (await contender.lock().tryAcquire()) !== undefined;
  await contender.meet("forged");
  return { replies, taken };
}
