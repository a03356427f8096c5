/** Which cases must find a broken thing out: those that are named after the very promise it breaks. */
type Expected = Readonly<Record<string, readonly string[]>>;

const INSIDE = "at most one contender is inside, waiting with";
const DIES = "a contender that dies at any step of";
const PAUSES = ", with pauses between the lock's atomic steps";

export const brokenLockCases: Expected = {
  "load-then-store": [`${INSIDE} acquire${PAUSES}`, `${INSIDE} both by turns${PAUSES}`],
  "never-excludes": [
    `${INSIDE} acquire`,
    `${INSIDE} acquireSync`,
    `${INSIDE} both by turns`,
    "no update of unprotected data is lost, waiting with acquire",
    "no update of unprotected data is lost, waiting with both by turns",
    "simultaneous first use of a fresh lock excludes, and grants everyone",
    "tryAcquire gives undefined while the lock is held, and does not wait in line",
  ],
  "drops-contended-mark": ["every waiter is granted, not just somebody"],
  "notifies-nobody": [
    "acquire waits until the holder releases",
    "every waiter is granted, not just somebody",
  ],
  "never-recovers": [
    "a terminated holder's lock goes to a waiter",
    "a lock whose holder died can be taken by whoever comes later",
  ],
  "slow-recovery": [
    "a dead holder's lock is with a waiter within a second, waiting with acquire",
    "a dead holder's lock is with a waiter within a second, waiting with acquireSync",
  ],
  "busy-waiter": [
    "a long wait leaves the processor to others, waiting with acquire",
    "a long wait leaves the processor to others, waiting with acquireSync",
  ],
  "owner-only-recovery": ["a holder's death is noticed by its own parent, blocked in acquireSync"],
  "counts-the-dead": [
    "a waiter that dies is left out, and the others are granted, waiting with acquire",
  ],
  "never-abandoned": ["after a holder's death guards say abandoned until markConsistent"],
  "abandoned-for-ever": ["after a holder's death guards say abandoned until markConsistent"],
  "stranger-frees": [
    "a stranger cannot free the lock: not by an old guard, nor by closing or dying",
    "a second release does not free the holder that came next",
  ],
  "double-release-frees": [
    "a second release does nothing, also when the same contender holds again",
  ],
  "repeated-token": [
    "tokens rise with every acquisition, above what the lock was made with",
    "tokens rise strictly over all contenders, in the order of grants",
  ],
  "falling-token": [
    "tokens rise with every acquisition, above what the lock was made with",
    "tokens rise strictly over all contenders, in the order of grants",
  ],
  "repeats-tokens-after-restart": [
    "tokens rise with every acquisition, above what the lock was made with",
  ],
  "not-fifo": ["grants follow the order of arrival, waiting with acquire"],
  "timeout-ignored": [
    "timeoutMs 0 does not wait: LOCK_TIMEOUT while held, a guard when free",
    "a timeout rejects LOCK_TIMEOUT, leaves the line, and swallows no wake-up",
    "a timeout that is NaN or negative is a RangeError, and nothing is taken",
    "acquireSync throws LOCK_TIMEOUT in time, and RangeError for NaN and negative limits",
  ],
  "abort-swallows-wake-up": [
    "an abort swallows no wake-up: the next waiter is granted",
    "an abort while waiting rejects with the signal's own reason, and the waiter leaves the line",
    "an abort storm leaves all others granted",
  ],
  "reason-replaced": [
    "a signal that has aborted rejects with its own reason, and nothing is taken",
    "an abort while waiting rejects with the signal's own reason, and the waiter leaves the line",
  ],
  "sync-throw-keeps-lock": [
    "a section that throws synchronously releases the lock, and its error comes through",
  ],
  "rejection-keeps-lock": [
    "a section whose promise rejects releases the lock, and its reason comes through",
  ],
  "thenable-not-awaited": ["a thenable that the section returns is awaited before the release"],
  "options-not-passed": ["runExclusive does not run the section when the wait is given up"],
  "self-deadlock-hangs": ["acquireSync by the thread that holds the lock throws LOCK_DEADLOCK"],
  "close-leaves-waiters": [
    "close rejects pending and later acquires with LOCK_CLOSED, and the others go on",
  ],
  "drops-mark-on-take-over": [`${DIES} release costs nobody a grant`],
  "wakes-nobody-after-death": [
    `${DIES} release costs nobody a grant`,
    "a holder that ends by process.exit inside its section is survived, and told of as abandoned",
  ],
  "wakes-the-dying": [
    `${DIES} acquire costs nobody a grant`,
    `${DIES} acquireSync costs nobody a grant`,
    `${DIES} release costs nobody a grant`,
  ],
  "grants-to-busy": [
    "a waiter whose thread is busy is not given the lock before it can take it: the others are granted",
  ],
  "lets-process-end": ["a pending acquire keeps the process alive, and a closed lock does not"],
};

export const brokenStoreCases: Expected = {
  unfenced: [
    "a write with a stale token is refused with STORE_STALE_TOKEN and changes nothing",
    "a read with a stale token is refused with STORE_STALE_TOKEN, a search never",
    "a sell with a stale token is refused with STORE_STALE_TOKEN and sells nothing",
  ],
  "reads-do-not-raise-fence": [
    "a holder's read raises the fence: A(1) reads, B(2) reads, A cannot write any more",
  ],
  "not-idempotent": [
    "the same order id is sold once: sell gives the same sale, write says duplicate",
    "a write with an order that is in the journal says duplicate and changes nothing",
    "the same orders from all contenders at once are sold once, to all the same",
  ],
  "torn-journal": ["sell gives dense serials, counts down, and gives undefined when sold out"],
  "check-then-act": ["contenders that sell at once sell every ticket once"],
  "version-ignored": [
    "a write at another version is a conflict and changes nothing",
    "versions let no update be lost between contenders without a lock",
  ],
  "serials-with-gaps": ["sell gives dense serials, counts down, and gives undefined when sold out"],
  "never-full": ["no sale gets lost where the journal's room ends: STORE_FULL, or room enough"],
  "write-behind": ["contenders killed in the middle of selling lose and double nothing"],
  "orders-cut-short": ["sell refuses orders beyond their limits, and keeps 64 bytes of any text"],
  "never-closes": ["a closed store refuses with STORE_CLOSED, and other openings go on"],
};

export const brokenLauncherCases: Expected = {
  "orphaning-adapter": [
    "lock mapped: contenders whose owner is killed end with it, and no two are inside meanwhile",
  ],
  "hushing-adapter": [
    "launcher: a workload that is missing or throws while it loads fails in every contender, no time limit has to end the wait, and the session goes on",
    "launcher: an adapter's module that is missing or throws while it loads is told to the owner, no time limit has to end the wait, and no contender is left",
  ],
  "leaky-adapter": ["launcher: a closed session leaves no thread, process, timer or file behind"],
};

const RESTARTS =
  "a session after one whose owner was killed goes on with its store: every sale that was told stands, nothing is sold twice, tokens rise";
const STANDS_STILL =
  "contenders whose owner stands still time out or are granted, never two at once, and all are granted when it goes on";

/** Of an adapter of processes: whole names, since a store is found out by the lock that it is shown. */
export const brokenClusterCases: Expected = {
  "restarts-tokens": [
    "store json-durable: a session over an old store takes tokens above all that it has seen",
    "store sqlite: a session over an old store takes tokens above all that it has seen",
    "lock restarts-tokens: tokens rise with every acquisition, above what the lock was made with",
    `lock restarts-tokens: ${RESTARTS}`,
  ],
  "grants-alone": [`lock grants-alone: ${STANDS_STILL}`],
  "helper-takes-the-lock": [
    "lock helper-takes-the-lock: a waiter whose thread is busy is not given the lock before it can take it: the others are granted",
  ],
  "drops-waiters-on-take-over": [
    `lock drops-waiters-on-take-over: ${DIES} release costs nobody a grant`,
  ],
  "release-dies-with-wake-up": [
    `lock release-dies-with-wake-up: ${DIES} release costs nobody a grant`,
  ],
  "waiter-dies-with-wake-up": [
    `lock waiter-dies-with-wake-up: ${DIES} acquireSync costs nobody a grant`,
  ],
};

const IS_LOST =
  "a lock whose holder is ended is lost: acquires of every sort are refused LOCK_LOST until reset, not by their time limits";
const STALE = "a holder that was ended cannot commit once the lock was reset: its token is stale";
const GETS_NOTHING =
  "a waiter that is ended gets nothing: it does not commit, and the others are granted one at a time, waiting with";

/** Of an adapter whose threads run on after their end was told. */
export const brokenLostCases: Expected = {
  "frees-on-exit": [IS_LOST, STALE],
  "hangs-when-lost": [
    IS_LOST,
    "who waits for a lock whose holder is ended is refused LOCK_LOST, waiting with acquire",
  ],
  "reset-keeps-token": [IS_LOST, STALE],
  "reset-forgets": [IS_LOST, STALE],
  "reset-frees-the-living": [
    "reset frees nothing that is not lost, and resetting twice frees once",
  ],
  "grants-to-the-ended": [`${GETS_NOTHING} acquire`, `${GETS_NOTHING} acquireSync`],
};

const HANDS_OVER =
  "a holder of one runtime that is killed hands the lock to the waiters of each other runtime, and the first of them is told";

/** Of locks that are sound within each runtime, and not between several. */
export const brokenRuntimesCases: Expected = {
  "apart-in-each-runtime": [
    `${INSIDE} acquire${PAUSES}`,
    `${INSIDE} both by turns${PAUSES}`,
    "no update of unprotected data is lost, waiting with acquire",
  ],
  "numbers-otherwise": ["tokens rise strictly over all contenders, in the order of grants"],
  "blind-to-deaths": [HANDS_OVER],
  "never-tells-of-deaths": [HANDS_OVER],
  "wakes-nobody": ["a release in one runtime wakes the waiters of each other runtime"],
};

/** Of a store that is another one in each runtime. */
export const brokenRuntimesStoreCases: readonly string[] = [
  "contenders that sell at once sell every ticket once",
];

/** Of launchers that are not what they say to one another. */
export const brokenRuntimesLauncherCase =
  "contenders are of every runtime in turn, and tell the owner's time within the error that they state";
