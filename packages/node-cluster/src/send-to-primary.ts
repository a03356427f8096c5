import type { SendMessage } from "./outbox.ts";
import { processWide } from "./process-wide.ts";

/** A worker's way to its primary. Once that is gone, messages go nowhere. */
export const sendToPrimary: SendMessage = (message, sent) => {
  if (process.connected && process.send !== undefined)
    process.send(message, undefined, undefined, sent);
  else sent(null);
};

/** Sends what was put off until later: called before a message that must not overtake it. */
export function sendPutOff(): void {
  for (const send of putOff()) send();
}

/** `send` is called by `sendPutOff`. */
export function onSendPutOff(send: () => void): void {
  putOff().add(send);
}

function putOff(): Set<() => void> {
  return processWide("put-off", () => new Set());
}
