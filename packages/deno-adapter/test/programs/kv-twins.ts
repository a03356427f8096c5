import type { FencingToken, Handle, Inventory } from "@ticketlock/core";
import { denoGlobal, type Kv, type KvAtomic } from "../../src/deno-types.ts";
import { KvFiles, identityAt } from "../../src/kv/kv-files.ts";
import { KvTicketStore, kvStores } from "../../src/index.ts";

/** Opens the store, or a twin of it that has one mistake. */
export async function openTwin(handle: Handle, twin: string): Promise<KvTicketStore> {
  if (twin === "") return kvStores.open(handle);
  const deno = denoGlobal()!;
  const { path } = handle.data as { readonly path: string };
  const kv = await deno.openKv!(path);
  await kv.get(["ticketlock", "state"]);
  const files = new KvFiles(deno, path, identityAt(deno, path)!);
  const parts = { deno, path, files };
  if (twin === "no-check") return new KvTicketStore(handle, { ...parts, kv: withoutChecks(kv) });
  if (twin === "no-order-key") return new KvTicketStore(handle, { ...parts, kv: forgetful(kv) });
  if (twin === "late-fence") return new LateFence(handle, { ...parts, kv });
  throw new Error(`no twin is called ${twin}`);
}

/** Commits whatever others have done meanwhile. */
function withoutChecks(kv: Kv): Kv {
  return wrap(kv, (atomic) => {
    atomic.check = () => atomic;
  });
}

/** Does not remember which orders were sold. */
function forgetful(kv: Kv): Kv {
  return wrap(kv, (atomic) => {
    const set = atomic.set.bind(atomic);
    atomic.set = (key, value) => (key[1] === "order" ? atomic : set(key, value));
  });
}

/** Raises the fence by writes only. */
class LateFence extends KvTicketStore {
  override async read(token?: FencingToken): Promise<Inventory> {
    void token;
    return super.read();
  }
}

function wrap(kv: Kv, change: (atomic: KvAtomic) => void): Kv {
  return {
    get: (key) => kv.get(key),
    getMany: (keys) => kv.getMany(keys),
    list: (range, options) => kv.list(range, options),
    atomic: () => {
      const atomic = kv.atomic();
      change(atomic);
      return atomic;
    },
    close: () => kv.close(),
  };
}
