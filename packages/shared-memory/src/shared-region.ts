import { checkHandle, type Handle, TicketlockError } from "@ticketlock/core";

/** Words to a line of 128 bytes: two cache lines, since processors fetch them in pairs. */
export const LINE = 32;

const MAGIC = 0x71c4e710;
export const LAYOUT_VERSION = 1;

/** The header's words. Everything behind the first line belongs to the kind. */
const MAGIC_WORD = 0;
const KIND_WORD = 1;
const VERSION_WORD = 2;

/** Numbers of the kinds, as they stand in memory. */
const kindNumbers: Readonly<Record<string, number>> = {
  futex: 1,
  fifo: 2,
  barrier: 3,
  queue: 4,
  shared: 5,
};

/** Makes a region of `words` 32-bit words of the given kind, header written, the rest 0. */
export function createRegion(kind: string, words: number): Int32Array<SharedArrayBuffer> {
  const region = new Int32Array(new SharedArrayBuffer(words * 4));
  region[KIND_WORD] = kindNumbers[kind]!;
  region[VERSION_WORD] = LAYOUT_VERSION;
  region[MAGIC_WORD] = MAGIC;
  return region;
}

/** The handle from which another thread opens the region; only a structured clone can carry it. */
export function regionHandle(
  module: string,
  kind: string,
  region: Int32Array<SharedArrayBuffer>,
): Handle {
  return { module, kind, version: LAYOUT_VERSION, data: region.buffer };
}

/**
 * Opens the region behind a handle. `wordsOf` computes from the region's header how large it must be,
 * or gives NaN if the header makes no sense: a handle may come from anywhere.
 * @throws {TicketlockError} `HANDLE_INVALID` if it is of another module, kind, version or size, or was sent as JSON.
 */
export function openRegion(
  handle: unknown,
  module: string,
  kind: string,
  wordsOf: (region: Int32Array) => number,
): Int32Array<SharedArrayBuffer> {
  const { data } = checkHandle(handle, { module, kinds: [kind], version: LAYOUT_VERSION });
  if (!(data instanceof SharedArrayBuffer)) {
    throw invalid(
      "it carries no SharedArrayBuffer. Pass it through workerData or postMessage, not as JSON",
    );
  }
  if (data.byteLength < LINE * 4 || data.byteLength % 4 !== 0) {
    throw invalid("its memory has an impossible size");
  }
  const region = new Int32Array(data);
  if (region[MAGIC_WORD] !== MAGIC || region[KIND_WORD] !== kindNumbers[kind])
    throw invalid(`its memory is not that of a ${kind}`);
  if (region[VERSION_WORD] !== LAYOUT_VERSION)
    throw invalid(`its memory has layout ${region[VERSION_WORD]}, expected ${LAYOUT_VERSION}`);
  if (region.length !== wordsOf(region)) throw invalid("its memory is damaged");
  return region;
}

/** `value` of a header's word if it lies from `min` to `max`, else NaN. */
export function withinOrNaN(value: number | undefined, min: number, max: number): number {
  return value !== undefined && value >= min && value <= max ? value : NaN;
}

/** `size` if it is a power of two, else NaN. */
export function powerOfTwoOrNaN(size: number | undefined): number {
  return size !== undefined && size > 0 && (size & (size - 1)) === 0 ? size : NaN;
}

function invalid(why: string): TicketlockError {
  return new TicketlockError("HANDLE_INVALID", `Cannot open the handle: ${why}.`);
}
