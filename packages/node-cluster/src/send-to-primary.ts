import type { SendMessage } from "./outbox.ts";

/** A worker's way to its primary. Once that is gone, messages go nowhere. */
export const sendToPrimary: SendMessage = (message, sent) => {
  if (process.connected && process.send !== undefined)
    process.send(message, undefined, undefined, sent);
  else sent(null);
};
