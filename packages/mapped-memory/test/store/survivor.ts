/**
 * A process that lives on: for every handle that it is sent it tells what the store looks like, then
 * sells all that is left, and tells again.
 */
import type { Handle } from "@ticketlock/core";
import { mappedStores } from "../../src/mapped-stores.ts";
import { order } from "./deeds.ts";
import { pictureOf, type Findings } from "./picture.ts";

process.on("message", (handle: Handle) => {
  const store = mappedStores.open(handle);
  const found = pictureOf(store);
  const first = store.sell(order("victim's", 3), 8);
  const again = store.sell(order("victim's", 3), 8);
  for (let i = 0; store.sell(order(`survivor's ${i}`)) !== undefined; i++);
  const findings: Findings = { found, first, again, left: pictureOf(store) };
  store.close();
  process.send!(findings);
});
process.send!("up");
