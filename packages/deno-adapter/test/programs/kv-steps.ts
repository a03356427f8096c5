import { isTicketlockError, type Commit, type Handle, type Inventory, type Order } from "@ticketlock/core"; // prettier-ignore
import { kvStores, type KvTicketStore } from "../../src/index.ts";
import { openTwin } from "./kv-twins.ts";
import { say } from "./say.ts";

type Step =
  | { do: "create"; capacity: number; path?: string }
  | { do: "open"; handle?: Handle; twin?: string }
  | { do: "see" }
  | { do: "read"; token?: number }
  | { do: "write"; next: Inventory; commit?: Commit }
  | { do: "sell"; order: Order; token?: number }
  | { do: "sellMany"; count: number }
  | { do: "retries" }
  | { do: "close" };

// Plays steps one after the other and says what each gives, an error as code and message.
let handle: Handle | undefined;
let store: KvTicketStore | undefined;
for (const step of JSON.parse(process.argv[2]!) as Step[]) {
  try {
    say(await play(step));
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    const code = isTicketlockError(error) ? error.code : error.name;
    say({ code, message: error.message });
  }
}

async function play(step: Step): Promise<unknown> {
  switch (step.do) {
    case "create":
      handle = await kvStores.create("kv", step);
      return handle;
    case "open":
      store = await openTwin(step.handle ?? handle!, step.twin ?? "");
      return "open";
    case "see": {
      const sales = [];
      for await (const sale of store!.sales()) sales.push(sale);
      return { inventory: await store!.read(), sales };
    }
    case "read":
      return store!.read(step.token);
    case "write":
      return store!.write(step.next, step.commit);
    case "sell":
      return store!.sell(step.order, step.token);
    case "sellMany": {
      const ids = Array.from({ length: step.count }, (_, i) => `many-${i}`);
      const sell = (id: string): unknown => store!.sell({ id, buyer: "b", quantity: 1 });
      return (await Promise.all(ids.map(sell))).length;
    }
    case "retries":
      return store!.retries;
    case "close":
      return store!.close();
  }
}
