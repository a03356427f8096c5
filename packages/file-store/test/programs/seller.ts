/**
 * A process that sells from a store until nothing is left or it is killed. Arguments: a handle as
 * JSON, a prefix of order ids, how many orders it makes at a time, and "early" for the twin that tells
 * before the commit, and then waits for a line: the moment at which a kill shows it, whatever the
 * machine's load. Says "ready", waits for a line, and writes each sale to stdout, as JSON, once it was
 * told of it.
 */
import { writeSync } from "node:fs";
import { once } from "node:events";
import type { Handle, Order, Sale } from "@ticketlock/core";
import { durableJsonFileStores, sqliteStores } from "../../src/index.ts";

const [text, prefix, together, early] = process.argv.slice(2) as [string, string, string, string?];
const handle = JSON.parse(text) as Handle;
const provider = handle.kind === "sqlite" ? sqliteStores : durableJsonFileStores;
const store = await provider.open(handle);
writeSync(1, "ready\n");
await once(process.stdin, "data");
process.stdin.pause();

async function tellEarly(orders: readonly Order[]): Promise<void> {
  for (const { id } of orders) writeSync(1, `${JSON.stringify({ order: id, firstSerial: -1 })}\n`);
  await once(process.stdin, "data");
}

for (let n = 0, soldOut = false; !soldOut;) {
  const orders = Array.from({ length: Number(together) }, () => ({
    id: `${prefix}-${n++}`,
    buyer: prefix,
    quantity: 1,
  }));
  if (early === "early") await tellEarly(orders);
  const sales: (Sale | undefined)[] = await Promise.all(orders.map((one) => store.sell(one)));
  // Synchronously: what was told stands on the pipe, even if this process dies with the next instruction.
  for (const sale of sales) if (sale !== undefined) writeSync(1, `${JSON.stringify(sale)}\n`);
  soldOut = sales.includes(undefined);
}
await store.close();
