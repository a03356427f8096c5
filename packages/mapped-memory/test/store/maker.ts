/** A process that makes a store which others make at the same time, and buys in it. */
import { once } from "node:events";
import { mappedStores } from "../../src/mapped-stores.ts";
import { order } from "./deeds.ts";

const { name, path, capacity } = JSON.parse(process.argv[2]!) as {
  readonly name: string;
  readonly path: string;
  readonly capacity: number;
};

process.send!("up");
await once(process, "message"); // until all are there
const store = mappedStores.open(mappedStores.create("mapped", { capacity, path }));
process.send!(store.sell(order(name))?.firstSerial ?? -1);
store.close();
process.disconnect!();
