import { type Contender, TicketlockError } from "@ticketlock/core";

/** Every way in which a workload can end, by contender: done, thrown, thrown with a code, dead. */
export default async function outcomes(contender: Contender, input: unknown): Promise<unknown> {
  switch (contender.index) {
    case 1:
      throw new RangeError("not in the mood");
    case 2:
      throw new TicketlockError("QUEUE_FULL", "Cannot go on: somebody was told so.");
    case 3:
      setTimeout(() => {
        throw new Error("this contender dies on purpose");
      }, 0);
      return new Promise<never>(() => undefined);
    default:
      return { index: contender.index, input };
  }
}
