/**
 * One word for an entry of a ring: its state, the member whose it is, and the lap in which it was
 * taken. Taking an entry enters its owner in the same compare-and-set, so that whatever a dead thread
 * has taken can be found by its name.
 *
 * The lap keeps a halted thread's stale compare-and-set from hitting a later round. It repeats after
 * 2^20 rounds of the ring: a thread would have to stand still between a load and its
 * compare-and-set while exactly that many rounds go by.
 */
export const STATE = 3;
/** Over, or not taken yet: free for the next lap. */
export const DONE = 0;
const OWNER_SHIFT = 2;
const MAX_OWNER = 0x3ff;
const LAP_SHIFT = 12;
const LAPS: number = 1 << 20;

export function ownerOf(entry: number): number {
  return (entry >>> OWNER_SHIFT) & MAX_OWNER;
}

export function lapOf(entry: number): number {
  return entry >>> LAP_SHIFT;
}

export function stateOf(entry: number): number {
  return entry & STATE;
}

export function entryOf(lap: number, owner: number, state: number): number {
  return (lap << LAP_SHIFT) | (owner << OWNER_SHIFT) | state;
}

export function withState(entry: number, state: number): number {
  return (entry & ~STATE) | state;
}

/** The entry when it is over: nobody's. */
export function doneOf(entry: number): number {
  return entryOf(lapOf(entry), 0, DONE);
}

/** An entry that can be taken in `lap`. */
export function freeFor(lap: number): number {
  return entryOf((lap - 1) & (LAPS - 1), 0, DONE);
}

/** The lap of ticket `ticket` in a ring of 2^`sizeBits` entries. */
export function lapOfTicket(ticket: number, sizeBits: number): number {
  return (ticket >>> sizeBits) & (LAPS - 1);
}

/**
 * Takes the entry at `at` for ticket `ticket`, if it is free in that lap: one compare-and-set from
 * free to `taken`, which names lap and owner. Then TAIL follows, whoever has taken the entry, so that
 * a thread may die in between. False if it is not free, or TAIL was behind the times.
 */
export function takeEntry(
  words: Int32Array,
  at: number,
  taken: number,
  tailAt: number,
  ticket: number,
): boolean {
  const lap = lapOf(taken);
  const mine = Atomics.compareExchange(words, at, freeFor(lap), taken) === freeFor(lap);
  if (mine || lapOf(Atomics.load(words, at)) === lap)
    Atomics.compareExchange(words, tailAt, ticket, (ticket + 1) | 0);
  return mine;
}
