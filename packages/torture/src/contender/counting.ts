import { openSync, readSync, writeSync } from "node:fs";
import type { Guard } from "@ticketlock/core";
import type { Draw } from "../plan/draw.ts";
import type { HistoryFiles } from "./history-files.ts";
import { COUNTER_NAME } from "./notes.ts";
import { think } from "./pausing.ts";

const DIGITS = 16;

/** A counter in a file of fixed size: read, then written one higher, two steps that only a lock makes one. */
export class Counting {
  readonly #descriptor: number;
  readonly #files: HistoryFiles;
  readonly #draw: Draw;

  constructor(folder: string, files: HistoryFiles, draw: Draw) {
    this.#descriptor = openSync(`${folder}/${COUNTER_NAME}`, "r+");
    this.#files = files;
    this.#draw = draw;
  }

  async count({ token }: Guard): Promise<void> {
    const bytes = Buffer.alloc(DIGITS);
    readSync(this.#descriptor, bytes, 0, DIGITS, 0);
    const value = Number(bytes.toString("latin1")) + 1;
    await think(this.#draw.share());
    writeSync(this.#descriptor, Buffer.from(formatCount(value)), 0, DIGITS, 0);
    this.#files.note({ what: "counted", token, value });
  }
}

/** A count as it stands in the file. */
export function formatCount(value: number): string {
  return String(value).padStart(DIGITS, "0");
}
