import type { Contender } from "@ticketlock/core";

/** Prints on both streams, and returns what a contender has inherited. */
export default async function chatter(contender: Contender): Promise<unknown> {
  console.log(`contender ${contender.index} speaks`);
  return {
    nodeOptions: process.env["NODE_OPTIONS"],
    uniqueId: process.env["NODE_UNIQUE_ID"],
    channel: process.env["NODE_CHANNEL_FD"],
  };
}
