import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { expect } from "./expect.ts";

/** One line of the log that contenders write while nobody watches them. */
export interface Note {
  readonly what: string;
  readonly index: number;
  readonly more: readonly string[];
}

/** What contenders noted by themselves, in the order in which it happened, and the gate that keeps one of them inside. */
export class SectionLog {
  readonly path: string;
  readonly gatePath: string;

  /** In an empty directory of one's own. */
  constructor(directory: string) {
    this.path = `${directory}/log`;
    this.gatePath = `${directory}/gate`;
    writeFileSync(this.path, "", { mode: 0o600 });
  }

  notes(): Note[] {
    const lines = readFileSync(this.path, "utf8").split("\n");
    lines.pop(); // what follows the last line's end was never written whole
    return lines.map((line) => {
      const [what = "", index, ...more] = line.split(" ");
      return { what, index: Number(index), more };
    });
  }

  /** Whoever comes in from now on stays in until `openGate`; whoever is in may. */
  closeGate(): void {
    writeFileSync(this.gatePath, "", { mode: 0o600 });
  }

  openGate(): void {
    rmSync(this.gatePath, { force: true });
  }

  /** How often each contender has noted such a thing since the note of this number. */
  counts(contenders: number, since: number, what: (what: string) => boolean): number[] {
    const counts = Array.from({ length: contenders }, () => 0);
    for (const note of this.notes().slice(since)) if (what(note.what)) counts[note.index]!++;
    return counts;
  }

  /**
   * Who is inside and found the gate closed. One that has only come in may have looked at the gate
   * before it was closed, and be on its way out.
   */
  staying(): number | undefined {
    const last = this.notes().findLast(({ what }) => what === "stay" || what === "leave");
    return last?.what === "stay" ? last.index : undefined;
  }

  /**
   * Fails the case if one came in while another was inside. One that noted nothing more after it came
   * in has died there, and keeps nobody out.
   */
  assertExclusive(from = 0): void {
    const notes = this.notes().slice(from);
    let inside: number | undefined;
    for (const [at, { what, index }] of notes.entries()) {
      if (what === "leave") inside = undefined;
      if (what !== "enter") continue;
      const goesOn = notes.slice(at).some((later) => later.index === inside);
      expect(
        inside === undefined || !goesOn,
        `contender ${index} comes in when contender ${inside} has gone out`,
      );
      inside = index;
    }
  }
}
