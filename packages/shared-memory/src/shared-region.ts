import { checkHandle, type Handle, TicketlockError } from "@ticketlock/core";
import {
  bufferOf,
  type DirectSteps,
  openDirectMemory,
  PAGE_BYTES,
  type WasmMemory,
} from "./direct-memory.ts";

/** Words to a line of 128 bytes: two cache lines, since processors fetch them in pairs. */
export const LINE = 32;

const MAGIC = 0x71c4e710;
export const LAYOUT_VERSION = 1;
const PAGE_WORDS: number = PAGE_BYTES / 4;

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

/** Makes a region of `words` 32-bit words of the given kind, header written, the rest 0; of its own memory unless told where. */
export function createRegion(
  kind: string,
  words: number,
  buffer: SharedArrayBuffer = new SharedArrayBuffer(words * 4),
): Int32Array<SharedArrayBuffer> {
  const region = new Int32Array(buffer, 0, words);
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
  memory?: WasmMemory,
): Handle {
  return { module, kind, version: LAYOUT_VERSION, data: memory ?? region.buffer };
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
  return regionIn(checkedData(handle, module, kind), kind, wordsOf);
}

/** As openRegion, of a region that may lie in WebAssembly's memory: then with what can be done there in one instruction. */
export function openDirectRegion(
  handle: unknown,
  module: string,
  kind: string,
  wordsOf: (region: Int32Array) => number,
): {
  readonly region: Int32Array<SharedArrayBuffer>;
  readonly direct: DirectSteps | undefined;
} {
  const data = checkedData(handle, module, kind);
  const region = regionIn(bufferOf(data) ?? data, kind, wordsOf);
  return { region, direct: openDirectMemory(data) };
}

function checkedData(handle: unknown, module: string, kind: string): unknown {
  return checkHandle(handle, { module, kinds: [kind], version: LAYOUT_VERSION }).data;
}

function regionIn(
  data: unknown,
  kind: string,
  wordsOf: (region: Int32Array) => number,
): Int32Array<SharedArrayBuffer> {
  if (!(data instanceof SharedArrayBuffer)) {
    throw invalid(
      "it carries no SharedArrayBuffer. Pass it through workerData or postMessage, not as JSON",
    );
  }
  if (data.byteLength < LINE * 4 || data.byteLength % 4 !== 0) {
    throw invalid("its memory has an impossible size");
  }
  const all = new Int32Array(data);
  if (all[MAGIC_WORD] !== MAGIC || all[KIND_WORD] !== kindNumbers[kind])
    throw invalid(`its memory is not that of a ${kind}`);
  if (all[VERSION_WORD] !== LAYOUT_VERSION)
    throw invalid(`its memory has layout ${all[VERSION_WORD]}, expected ${LAYOUT_VERSION}`);
  const words = wordsOf(all);
  // WebAssembly's memory comes in pages.
  if (!(words <= all.length && all.length - words < PAGE_WORDS))
    throw invalid("its memory is damaged");
  return all.subarray(0, words);
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
