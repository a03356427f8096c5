import process from "node:process";

/** Operations of one piece of work, some 100 us, and how often it is done: half a millisecond in all. */
const OPERATIONS = 16_384;
const PIECES = 5;

/** A word that nobody else touches, on a cache line of its own as far as a runtime lets one choose. */
const word = new Int32Array(new SharedArrayBuffer(128));
/** So long must no piece have got any faster, and so long does that go on at most. */
const SETTLED_MS = 10;
const MOST_WARM_MS = 100;
const FASTER = 0.9;
/** Beyond this many times the best it is no pace of a machine, where a neighbour makes work twice as slow at most. */
const NOT_COMPILED = 3;
const MOST_WAIT_MS = 20;

/** What this process has seen at best; nothing until it is warm. */
let bestNs = Infinity;

/**
 * Does the work until it gets no faster. A runtime that compiles beside the program, as Bun does, has then only
 * begun: its compiler has the whole of a process that starts to do first. So this is called when a process begins,
 * and once more when its contenders are warm, by when what was asked for has been compiled.
 */
export function warmPace(): void {
  const startMs = performance.now();
  let fastest = Infinity;
  for (let since = startMs, now = startMs; now - since < SETTLED_MS; now = performance.now()) {
    const took = piece();
    if (took < fastest * FASTER) since = now;
    fastest = Math.min(fastest, took);
    if (now - startMs > MOST_WARM_MS) break;
  }
  bestNs = Math.min(bestNs, fastest);
}

/**
 * What one operation of a fixed piece of work takes here and now, in nanoseconds: an atomic step on a private
 * word and some arithmetic, as in a lock that nobody else wants. It shows how fast the machine is at this
 * moment: on a virtual one a neighbour on the same physical core makes everything slower by up to two thirds,
 * for fractions of a second to seconds, and no counter tells. The fastest of five pieces: an interrupt in one
 * of them is not the machine's pace. More of them, for 20 ms at most, where the runtime has dropped what it had
 * compiled. It is to be called while no contender works.
 */
export function paceNs(): number {
  if (bestNs === Infinity) warmPace();
  const untilMs = performance.now() + MOST_WAIT_MS;
  let fastest = fastestPiece();
  while (fastest > NOT_COMPILED * bestNs && performance.now() < untilMs) fastest = fastestPiece();
  bestNs = Math.min(bestNs, fastest);
  return fastest;
}

function fastestPiece(): number {
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
