import process from "node:process";

/** Operations of one piece of work, some 100 us, and how often it is done: half a millisecond in all. */
const OPERATIONS = 16_384;
const PIECES = 5;

/** A word that nobody else touches, on a cache line of its own as far as a runtime lets one choose. */
const word = new Int32Array(new SharedArrayBuffer(128));
const MOST_WARM_PIECES = 200;
/** So many pieces must not have got any faster. */
const LEAST_WARM_PIECES = 20;
const FASTER = 0.9;
let isWarm = false;

/**
 * Lets the work be compiled. A runtime that compiles beside the program, as Bun does, is not done when this is: so
 * it is called once when a process begins, and by the first `paceNs()` again.
 */
export function warmPace(): void {
  let fastest = Infinity;
  for (let i = 0, since = 0; i < MOST_WARM_PIECES && since < LEAST_WARM_PIECES; i++, since++) {
    const took = piece();
    if (took < fastest * FASTER) since = 0;
    fastest = Math.min(fastest, took);
  }
}

/**
 * What one operation of a fixed piece of work takes here and now, in nanoseconds: an atomic step on a private
 * word and some arithmetic, as in a lock that nobody else wants. It shows how fast the machine is at this
 * moment: on a virtual one a neighbour on the same physical core makes everything slower by up to two thirds,
 * for fractions of a second to seconds, and no counter tells. The fastest of five pieces: an interrupt in one
 * of them is not the machine's pace. It is to be called while no contender works.
 */
export function paceNs(): number {
  if (!isWarm) warmPace();
  isWarm = true;
  let fastest = Infinity;
  for (let i = 0; i < PIECES; i++) fastest = Math.min(fastest, piece());
  return fastest;
}

function piece(): number {
  const before = process.hrtime.bigint();
  let value = 1;
  for (let i = 0; i < OPERATIONS; i++) {
    value ^= value << 13;
    value ^= value >> 17;
    value ^= value << 5;
    Atomics.add(word, 0, value);
  }
  return Number(process.hrtime.bigint() - before) / OPERATIONS;
}
