import type { Handle, Sale } from "@ticketlock/core";
import { openTwin } from "./kv-twins.ts";
import { say, told } from "./say.ts";

// Sells until nothing is left, `together` orders at a time, and says each sale. Then what that took.
const [handle, prefix, together, twin] = process.argv.slice(2) as [string, string, string, string];
const store = await openTwin(JSON.parse(handle) as Handle, twin);
say("ready");
await told();
for (let number = 0; ; number += Number(together)) {
  const orders = Array.from({ length: Number(together) }, (_, i) => `${prefix}-${number + i}`);
  const sales = await Promise.all(
    orders.map((id) => store.sell({ id, buyer: prefix, quantity: 1 })),
  );
  const sold = sales.filter((sale): sale is Sale => sale !== undefined);
  for (const sale of sold) say(sale);
  if (sold.length < orders.length) break;
}
say(store.retries);
await store.close();
