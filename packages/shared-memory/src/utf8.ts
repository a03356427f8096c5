/**
 * UTF-8 in shared memory by hand: TextEncoder.encodeInto and TextDecoder.decode refuse shared buffers
 * in browsers, and a detour through a copy costs more than a short id is worth.
 */

/** Length of `text` in UTF-8. */
export { utf8Length } from "@ticketlock/core";

/** Writes well-formed `text` at `at` and returns its length in bytes. */
export function writeUtf8(bytes: Uint8Array, at: number, text: string): number {
  let end = at;
  for (let i = 0; i < text.length; i++) {
    let point = text.charCodeAt(i);
    if (point < 0x80) {
      bytes[end++] = point;
      continue;
    }
    if (point >= 0xd800 && point < 0xdc00)
      point = 0x10000 + ((point & 0x3ff) << 10) + (text.charCodeAt(++i) & 0x3ff);
    if (point < 0x800) bytes[end++] = 0xc0 | (point >> 6);
    else {
      if (point < 0x10000) bytes[end++] = 0xe0 | (point >> 12);
      else {
        bytes[end++] = 0xf0 | (point >> 18);
        bytes[end++] = 0x80 | ((point >> 12) & 0x3f);
      }
      bytes[end++] = 0x80 | ((point >> 6) & 0x3f);
    }
    bytes[end++] = 0x80 | (point & 0x3f);
  }
  return end - at;
}

/** Reads `length` bytes at `at` that writeUtf8 has written. */
export function readUtf8(bytes: Uint8Array, at: number, length: number): string {
  let text = "";
  for (let i = at; i < at + length;) {
    const first = bytes[i++]!;
    if (first < 0x80) {
      text += String.fromCharCode(first);
      continue;
    }
    const more = first < 0xe0 ? 1 : first < 0xf0 ? 2 : 3;
    let point = first & (0x3f >> more);
    for (let rest = more; rest > 0; rest--) point = (point << 6) | (bytes[i++]! & 0x3f);
    text += String.fromCodePoint(point);
  }
  return text;
}
