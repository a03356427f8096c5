/** A story as lists and the command know it. */
export interface ScenarioInfo {
  /** In a few words. */
  readonly summary: string;
  /** How many contenders unless told. */
  readonly contenders: number;
  /** Fewer cannot play it. */
  readonly minContenders: number;
  /** More have no part in it. */
  readonly maxContenders?: number;
  /** Tickets for sale, where there are limits that the store does not set. */
  readonly capacity?: { readonly min: number; readonly max: number };
  /** Milliseconds of one think unless told. */
  readonly thinkMs: number;
  /** What a contender is called. */
  readonly role: string;
  /** Options that only this story takes. */
  readonly takes: readonly ("mode" | "locking" | "steps")[];
}

const ticketStory = {
  contenders: 10,
  minContenders: 1,
  thinkMs: 100,
  role: "buyer",
  takes: [],
} as const;

/** Names of the stories. */
export type ScenarioName =
  | "unlocked"
  | "mutex"
  | "misplaced-mutex"
  | "join"
  | "own-mutex"
  | "queue"
  | "optimistic"
  | "atomic"
  | "flash-sale"
  | "interleaving"
  | "counter"
  | "turns"
  | "pool"
  | "try-and-timeout"
  | "crash";

/** Every story, in the order in which they are best told. */
export const scenarios: Readonly<Record<ScenarioName, ScenarioInfo>> = {
  unlocked: { ...ticketStory, summary: "no lock: everybody is sold the one ticket" },
  mutex: { ...ticketStory, summary: "the purchase alone is the critical section: one is sold" },
  "misplaced-mutex": {
    ...ticketStory,
    summary: "the lock covers the search as well: right, but slow",
  },
  join: {
    ...ticketStory,
    summary: "no lock, one buyer after the other: as slow; set beside mutex",
  },
  "own-mutex": { ...ticketStory, summary: "everyone locks a mutex of their own: as bad as none" },
  queue: {
    ...ticketStory,
    summary: "one owner sells, buyers send orders: one is sold, without a lock",
  },
  optimistic: { ...ticketStory, summary: "compare the version, retry: one is sold" },
  atomic: { ...ticketStory, summary: "one conditional step in the store: one is sold" },
  "flash-sale": {
    summary: "ten times as many orders as tickets, from all contenders at once",
    contenders: 4,
    minContenders: 1,
    capacity: { min: 1, max: 100_000 },
    thinkMs: 0,
    role: "seller",
    takes: ["mode"],
  },
  interleaving: {
    summary: "steps of three contenders mix without a lock, and stand together with one",
    contenders: 3,
    minContenders: 2,
    thinkMs: 100,
    role: "contender",
    takes: [],
  },
  counter: {
    summary: "a shared counter: no lock, a coarse one, a fine one, and polling a flag",
    contenders: 2,
    minContenders: 2,
    thinkMs: 10,
    role: "contender",
    takes: ["locking", "steps"],
  },
  turns: {
    summary: "contenders act in turn: A, B, C, A, B, C",
    contenders: 3,
    minContenders: 2,
    maxContenders: 26,
    thinkMs: 20,
    role: "contender",
    takes: [],
  },
  pool: {
    summary: "a pool of workers runs jobs; callbacks run in the parent, which stays responsive",
    contenders: 3,
    minContenders: 1,
    thinkMs: 50,
    role: "worker",
    takes: [],
  },
  "try-and-timeout": {
    summary: "a lock that is not released: try, wait 50 ms, wait until aborted, wait for ever",
    contenders: 5,
    minContenders: 5,
    maxContenders: 5,
    thinkMs: 50,
    role: "contender",
    takes: [],
  },
  crash: {
    summary: "a holder is killed in its critical section: the next waiter goes on",
    contenders: 4,
    minContenders: 2,
    thinkMs: 20,
    role: "buyer",
    takes: [],
  },
};

export function isScenario(name: string): name is ScenarioName {
  return Object.hasOwn(scenarios, name);
}
