/**
 * A process that does one thing to a store and kills itself at a given step of it: before or after
 * its n-th operation on `Atomics`. Ends with 0 if it comes through.
 */
import type { Handle } from "@ticketlock/core";
import { InventoryState } from "@ticketlock/shared-memory/building-blocks";
import { mappedStores } from "../../src/mapped-stores.ts";
import { deeds, type VictimOrder } from "./deeds.ts";

const {
  handle,
  deed,
  moment,
  nth,
  twin,
  signal = "SIGKILL",
} = JSON.parse(process.argv[2]!) as VictimOrder & {
  readonly handle: Handle;
};

if (twin) {
  // Commits the count first and the journal then.
  const { commit } = InventoryState.prototype;
  InventoryState.prototype.commit = function (state): void {
    const { sales } = this.read();
    if (sales !== state.sales) commit.call(this, { ...state, sales });
    commit.call(this, state);
  };
}

const store = mappedStores.open(handle);
const act = deeds[deed];
const real = Atomics;
let operations = 0;

function die(): void {
  process.kill(process.pid, signal);
}

globalThis.Atomics = new Proxy(real, {
  get(target, name: keyof typeof Atomics) {
    const operation = target[name] as (...args: unknown[]) => unknown;
    return (...args: unknown[]): unknown => {
      operations++;
      if (moment === "before" && operations === nth) die();
      const result = operation.apply(target, args);
      if (moment === "after" && operations === nth) die();
      return result;
    };
  },
});
act(store);
globalThis.Atomics = real;
store.close();
