import { pathToFileURL } from "node:url";
import { openSession, type SessionOptions } from "@ticketlock/core";
import {
  createMutex,
  createThreadLauncher,
  createTicketStore,
  type MutexKind,
  workersAdapter,
} from "@ticketlock/deno-adapter";

// Does one thing with workers, and says "works" or what it was refused with.
const [use, kind, path] = process.argv.slice(2) as [string, string, string];

/** Takes a ticket under the lock, in whatever store there is. */
const workload = new URL(
  `data:text/javascript,${encodeURIComponent(`
    export default ({ lock, store }) => lock().runExclusive(async () => {
      const { remaining, ...rest } = await store.read();
      await store.write({ ...rest, remaining: remaining - 1 });
    });
  `)}`,
);

/** Says what it is permitted. */
const asks = new URL(
  `data:text/javascript,${encodeURIComponent(`
    const names = ["env", "ffi", "net", "read", "run", "sys", "write"];
    export default () => Object.fromEntries(names.map(
      (name) => [name, Deno.permissions.querySync({ name }).state.replace("prompt", "denied")],
    ));
  `)}`,
);

const uses: Readonly<Record<string, () => Promise<unknown>>> = {
  async "this thread"() {
    const mutex = createMutex({ kind: kind as MutexKind });
    await mutex.runExclusive(() => {});
    mutex.close();
    createTicketStore({ capacity: 1 }).sell({ id: "a", buyer: "b", quantity: 1 });
  },
  "contenders with lock": () => play({ lock: { kind }, store: { kind: "shared", options: { capacity: 2 } } }), // prettier-ignore
  "contenders that load": async () => {
    await using session = await openSession({ adapters: [workersAdapter], contenders: 1 });
    const [outcome] = await session.run(pathToFileURL(path), null);
    if (outcome!.status !== "done") throw outcome!.error;
  },
  "contenders that write": async () => {
    const options = { adapters: [workersAdapter], contenders: 1, writes: [path] };
    await using _ = await openSession(options);
  },
  "what they may": async () => {
    const launcher = createThreadLauncher({ permissions: kind as "least" | "inherit" });
    const adapters = [{ ...workersAdapter, launcher }];
    await using session = await openSession({ adapters, contenders: 1 });
    const [outcome] = await session.run(asks, null);
    if (outcome!.status !== "done") throw outcome!.error;
    return outcome!.value;
  },
  "contenders with store": () => play({ store: { kind, options: { capacity: 2, path } } }),
};

async function play(options: Pick<SessionOptions, "lock" | "store">): Promise<void> {
  await using session = await openSession({
    adapters: [workersAdapter],
    contenders: 2,
    ...options,
  });
  for (const outcome of await session.run(workload, null))
    if (outcome.status !== "done") throw outcome.error;
  const { remaining } = await session.store!.read();
  if (remaining !== 0) throw new Error(`${remaining} tickets are left`);
}

try {
  console.log(JSON.stringify((await uses[use]!()) ?? "works"));
} catch (error) {
  const { code, message } = error as Error & { readonly code?: string };
  console.log(JSON.stringify(`${code}: ${message}`));
}
