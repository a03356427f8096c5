import type { LockGuarantees, StoreGuarantees } from "@ticketlock/core";
import type { Cast } from "../../src/plan/cast.ts";

const lock: LockGuarantees = {
  scope: "processes",
  exclusive: true,
  fifo: false,
  blocking: true,
  tokens: "memory",
  ownerDeath: "immediate",
};
const store: StoreGuarantees = {
  scope: "processes",
  atomic: true,
  versioned: true,
  fenced: true,
  idempotent: true,
  journal: true,
  durability: "power",
};
const naive: StoreGuarantees = {
  scope: "runtimes",
  atomic: false,
  versioned: false,
  fenced: false,
  idempotent: false,
  journal: false,
  durability: "none",
};

/** Contenders that are processes, with locks and stores that promise all there is. */
export const processes: Cast = {
  name: "processes",
  adapters: ["processes"],
  runtimes: ["node"],
  unit: "process",
  locks: [
    { kind: "quick", guarantees: { ...lock, scope: "runtimes" } },
    { kind: "ordered", guarantees: { ...lock, fifo: true, blocking: false } },
  ],
  stores: [
    { kind: "naive", guarantees: naive },
    { kind: "durable", guarantees: store },
    { kind: "mapped", guarantees: { ...store, durability: "process" } },
  ],
};

/** Contenders that are threads whose end may not be their death. */
export const threads: Cast = {
  name: "threads",
  adapters: ["threads"],
  runtimes: ["deno"],
  unit: "thread",
  locks: [{ kind: "lossy", guarantees: { ...lock, scope: "threads", ownerDeath: "lost" } }],
  stores: [{ kind: "shared", guarantees: { ...store, durability: "none" } }],
};

/** Contenders of three runtimes. */
export const mixed: Cast = {
  ...processes,
  name: "processes+others+more",
  adapters: ["processes", "others", "more"],
  runtimes: ["node", "deno", "bun"],
  locks: processes.locks.slice(0, 1),
};

export const casts: readonly Cast[] = [processes, threads, mixed];
