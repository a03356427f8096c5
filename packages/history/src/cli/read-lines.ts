import { createReadStream } from "node:fs";
import process from "node:process";
import type { Readable } from "node:stream";
import { HistoryFault } from "../format/history-fault.ts";
import { type HistoryReader, MAX_LINE_CHARACTERS, tooLong } from "../format/history-reader.ts";
import { UsageError } from "./usage-error.ts";

const NEWLINE = 0x0a;
/** UTF-8 takes no more than so many bytes for a character. */
const MAX_LINE_BYTES = 4 * MAX_LINE_CHARACTERS;

/**
 * Reads a file, or stdin for "-", into a reader, line by line: of the file no more is kept than the line at hand.
 * @throws {UsageError} if it cannot be read
 */
export async function readLines(path: string, reader: HistoryReader): Promise<void> {
  const stream: Readable = path === "-" ? process.stdin : createReadStream(path);
  const lines = new LineSplitter(reader);
  try {
    for await (const chunk of stream) {
      lines.add(chunk as Buffer);
      if (reader.hasStopped) break;
    }
  } catch (error) {
    throw new UsageError(
      `Cannot read ${path}: ${(error as Error).message}. Name a file of JSON lines, or - for stdin.`,
    );
  }
  lines.end();
}

class LineSplitter {
  readonly #reader: HistoryReader;
  readonly #decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
  #parts: Buffer[] = [];
  #bytes = 0;

  constructor(reader: HistoryReader) {
    this.#reader = reader;
  }

  add(chunk: Buffer): void {
    let from = 0;
    for (let to = chunk.indexOf(NEWLINE); to >= 0; to = chunk.indexOf(NEWLINE, from)) {
      this.#keep(chunk.subarray(from, to));
      this.#flush((text) => this.#reader.readLine(text));
      from = to + 1;
    }
    this.#keep(chunk.subarray(from));
  }

  end(): void {
    if (this.#bytes > 0) this.#flush((text) => this.#reader.readLastLine(text));
  }

  #keep(part: Buffer): void {
    this.#bytes += part.length;
    if (this.#bytes <= MAX_LINE_BYTES) this.#parts.push(part);
    else this.#parts = [];
  }

  #flush(read: (text: string) => void): void {
    const isTooLong = this.#bytes > MAX_LINE_BYTES;
    const line = Buffer.concat(this.#parts);
    this.#parts = [];
    this.#bytes = 0;
    if (isTooLong) {
      this.#reader.refuseLine(tooLong());
      return;
    }
    let text: string;
    try {
      text = this.#decoder.decode(line);
    } catch {
      this.#reader.refuseLine(
        new HistoryFault("HISTORY_NOT_TEXT", "it is not UTF-8. Convert the file."),
      );
      return;
    }
    read(text);
  }
}
