import { scopeCovers } from "@ticketlock/core";
import type { Cast } from "../plan/cast.ts";
import { combinationsOf, type FaultName, faults } from "../plan/faults.ts";
import type { RoundPlan } from "../plan/round-plan.ts";

/** A number that a long run must reach. */
export interface Goal {
  readonly name: string;
  /** Times that the fault is injected. */
  readonly target: number;
  readonly fault: FaultName;
  readonly selects: (plan: RoundPlan) => boolean;
}

/** What the long run must reach, for what the casts offer. */
export function goalsOf(casts: readonly Cast[]): Goal[] {
  return [
    ...killGoals(casts),
    goal("pauses", 2_000, "stop"),
    goal("terminations", 10_000, "terminate"),
    ...ownerGoals(casts),
    goal("crash images", 5_000, "crash-image"),
    goal("kills while writing", 10_000, "kill-writing"),
    goal("hostile messages", 1_000_000, "messages"),
    { ...goal("sales without a fault", 100_000_000, "sales"), selects: isFastSale(casts) },
  ].filter(
    ({ fault }) => faults[fault].run === "images" || combinationsOf(fault, casts).length > 0,
  );
}

function goal(name: string, target: number, fault: FaultName): Goal {
  return { name, target, fault, selects: (plan) => plan.fault === fault };
}

/** More of the lock that is freed by the kernel between runtimes: it has most to lose. */
function killGoals(casts: readonly Cast[]): Goal[] {
  const kinds = new Map(
    casts
      .filter(({ unit }) => unit === "process")
      .flatMap(({ locks }) => locks)
      .filter(({ guarantees }) => guarantees.ownerDeath === "immediate")
      .map(({ kind, guarantees }) => [kind, guarantees.scope]),
  );
  return [...kinds].map(([kind, scope]) => ({
    ...goal(`SIGKILLs, lock ${kind}`, scopeCovers(scope, "runtimes") ? 10_000 : 2_000, "kill"),
    selects: (plan) => plan.fault === "kill" && plan.lock === kind,
  }));
}

/**
 * Deaths of an owner that is a broker apart from those of one that nobody asks. Which a kind has, follows from what
 * it declares: between processes, only somebody who is asked in messages knows who came first, and nobody can block
 * until a message has come.
 */
function ownerGoals(casts: readonly Cast[]): Goal[] {
  const locks = casts.filter(({ unit }) => unit === "process").flatMap(({ locks }) => locks);
  const brokered = new Set(
    locks.filter(({ guarantees: { fifo, blocking } }) => fifo && !blocking).map(({ kind }) => kind),
  );
  const ofBroker = (lock: string | null): boolean => lock !== null && brokered.has(lock);
  const others = locks.some(({ kind }) => !brokered.has(kind));
  const kinds = [...brokered].join(", ");
  return [
    ...(brokered.size === 0 ? [] : [{ ...goal(`deaths of a broker, lock ${kinds}`, 1_000, "owner-kill"), selects: (plan: RoundPlan) => plan.fault === "owner-kill" && ofBroker(plan.lock) }]), // prettier-ignore
    ...(others ? [{ ...goal("deaths of an owner that is no broker", 1_000, "owner-kill"), selects: (plan: RoundPlan) => plan.fault === "owner-kill" && !ofBroker(plan.lock) }] : []), // prettier-ignore
  ];
}

/** A hundred million sales that each wait for a disk, or for messages, would take weeks. */
function isFastSale(casts: readonly Cast[]): Goal["selects"] {
  const slow = new Set(
    casts
      .flatMap(({ stores }) => stores)
      .filter(({ guarantees }) => guarantees.durability === "power")
      .map(({ kind }) => kind),
  );
  const fast = new Set(
    casts
      .flatMap(({ locks }) => locks)
      .filter(({ guarantees }) => guarantees.blocking)
      .map(({ kind }) => kind),
  );
  return ({ fault, lock, store }) =>
    fault === "sales" && store !== null && !slow.has(store) && lock !== null && fast.has(lock);
}
