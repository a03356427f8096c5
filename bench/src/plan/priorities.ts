import type { SellingMode } from "@ticketlock/core";

/**
 * How soon a cell is dropped when time is short: 0 is the last to go. What stands here is the order in which a run
 * over many adapters is filled; a run over one of them gets further down in the same time.
 */

/**
 * What no run goes without: each adapter's default lock contended and alone, which is what one compares
 * between adapters and runtimes.
 */
export const ESSENTIAL_PRIORITY = 0.1;
/** What shows that faults would be seen. */
export const BROKEN_PRIORITY = 0.2;
/** What the default lock is then set between. */
export const UNLOCKED_PRIORITY = 0.4;
export const ORACLE_PRIORITY = 0.6;
/** What a lock is for, as a picture. */
export const DRAWN_PRIORITY = 0.62;
/** What shows the noise floor. */
export const TWIN_PRIORITY = 0.7;
/** The default lock, contended, with the most telling length: whether what it costs on an empty section matters. */
export const TELLING_SECTION_PRIORITY = 0.8;
/** An adapter's other locks, which are compared with each other first: that is what one chooses between. */
export const BESIDE_PRIORITY = 0.9;
export const BESIDE_ALONE_PRIORITY = 0.95;

/** Sales from an adapter's first store, by mode. */
export const SALE_PRIORITY: Readonly<Record<SellingMode, number>> = {
  mutex: 1,
  atomic: 1.6,
  unlocked: 1.7,
  optimistic: 1.75,
  queue: 1.8,
  "misplaced-mutex": 3,
  join: 9,
  "own-mutex": 9,
};
/** How much later those from further stores come: of the first adapter of each sort, and of the others. */
export const FURTHER_STORES_LATER = 0.4;
export const FURTHER_STORES_OF_OTHERS_LATER = 3;
/** Sales at another number of contenders than the one that cells are measured at first. */
export const FURTHER_SALES_LATER = 6;

/** Contenders with counters of their own: whether it is the shared line that makes unlocked contenders slow. */
export const PRIVATE_LINE_PRIORITY = 1.1;
export const FALSE_SHARING_PRIORITY = 1.15;

/** Other people's locks: what nobody can be faster than first, then each. */
export const LIMIT_PRIORITY = 1.2;
export const PEER_PRIORITY = 1.3;
export const PEER_CONTENDED_PRIORITY = 1.4;
export const PEER_FURTHER_PRIORITY = 8;
/** In a run of minutes: after all ways of selling, and the most telling scenarios. */
export const PEERS_LATER = 1.2;

/** The default lock at every number of contenders, where the preset has enough of them for a growth curve. */
export const GROWTH_PRIORITY = 1.5;
/** Those numbers that are there for the curve alone. */
export const CURVE_PRIORITY = 1.55;

/** The most telling section between its controls; the other lengths under the default lock; nobody's lock alone. */
export const TELLING_CONTROLS_PRIORITY = 1.9;
export const LATER_SECTIONS_PRIORITY = 1.95;
export const UNLOCKED_ALONE_PRIORITY = 2;

/** The most telling section under an adapter's other locks. */
export const OTHER_TELLING_PRIORITY = 2.05;

/** What happens to a lock that a rate does not tell of: its holder is ended, much is asked of it, many stand in line. */
export const TELLING_SCENARIO_PRIORITY = 2.25;
/** All that a table of the steady load, of sales or of peers cannot do without, and the most telling scenarios. */
export const BEFORE_SCENARIOS = 2.3;
export const SCENARIO_PRIORITY = 2.5;
/** Of a load between two others that tell more. */
export const BETWEEN_PRIORITY = 2.6;
/** How much less urgent a scenario is without a lock, or with another one, than with an adapter's first lock. */
export const UNLOCKED_LATER = 0.05;
export const OTHER_LOCK_LATER = 0.32;
/** How much less urgent anything else is with another lock than the first. */
export const OTHER_LOCK_FAR_LATER = 3;

/** By how much what was asked for is more urgent: more than any priority of a sale. */
export const ASKED_FOR = 20;
