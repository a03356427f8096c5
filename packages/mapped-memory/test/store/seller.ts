/**
 * A process that sells until it is killed or the store is sold out. What it was told goes to a file
 * before it goes on: one line `order firstSerial` for each answer.
 */
import { isTicketlockError, type Handle } from "@ticketlock/core";
import { once } from "node:events";
import { constants } from "node:fs";
import { mappedStores } from "../../src/mapped-stores.ts";
import { systemCalls } from "../../src/platform/current-calls.ts";

const { handle, name, log } = JSON.parse(process.argv[2]!) as {
  readonly handle: Handle;
  readonly name: string;
  readonly log: string;
};

const store = mappedStores.open(handle);
const calls = systemCalls();
const file = calls.openSync(log, constants.O_CREAT | constants.O_WRONLY, 0o600);
let logged = 0;
process.send!("up");
await once(process, "message"); // until all are there

for (let i = 0; ; i++) {
  const id = `${name}-${i}`;
  const sale = store.sell({ id, buyer: name, quantity: 1 + (i % 3) });
  if (sale === undefined) break;
  const line = new TextEncoder().encode(`${id} ${sale.firstSerial}\n`);
  logged += calls.writeSync(file, line, 0, line.length, logged);
  if (i % 8 !== 0) continue;
  // An order that was answered is sent again; and a holder of some lock raises the fence.
  const again = store.sell({ id, buyer: name, quantity: 1 + (i % 3) });
  if (again?.firstSerial !== sale.firstSerial) throw new Error(`${id} was sold twice`);
  try {
    store.read(store.fence() + 1);
  } catch (error) {
    if (!isTicketlockError(error, "STORE_STALE_TOKEN")) throw error;
  }
}
store.close();
process.disconnect!();
