import { appendFileSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { LockGuarantees } from "@ticketlock/core";
import { onTestFinished } from "vitest";
import { type CheckedRound, checkRound } from "../../src/check/check-round.ts";
import { type Note, partName } from "../../src/contender/notes.ts";
import { HistoryFiles } from "../../src/contender/history-files.ts";
import { drawRound } from "../../src/plan/draw-round.ts";
import type { RoundPlan } from "../../src/plan/round-plan.ts";
import type { RoundReport } from "../../src/round/round-report.ts";
import { casts, processes } from "./sample-casts.ts";

/** A round's folder that a test writes by hand: what clients did, on a clock that goes on by one each time. */
export class WrittenRound {
  readonly folder: string;
  readonly #clients = new Map<string, HistoryFiles>();
  #nowNs = 0n;

  constructor() {
    this.folder = mkdtempSync(join(tmpdir(), "ticketlock-torture-test-"));
    onTestFinished(() => rmSync(this.folder, { recursive: true, force: true }));
  }

  get nowNs(): bigint {
    return this.#nowNs;
  }

  /** Time in which nobody does anything. */
  pass(ns: bigint): void {
    this.#nowNs += ns;
  }

  client(client: string): HistoryFiles {
    let files = this.#clients.get(client);
    if (files === undefined) {
      const nowNs = (): bigint => ++this.#nowNs;
      files = new HistoryFiles({ folder: this.folder, client, lockName: "lock", nowNs });
      this.#clients.set(client, files);
    }
    return files;
  }

  /** Is granted at once; gives what lets go again. */
  hold(client: string, token: number, notes: readonly Note[] = []): () => void {
    const files = this.client(client);
    const call = files.lockCall("acquire");
    for (const note of notes) files.note(note);
    call.returned({ token });
    return () => {
      const release = files.lockCall("release", { token });
      release.returned();
    };
  }

  section(client: string, token: number, notes: readonly Note[] = []): void {
    this.hold(client, token, notes)();
  }

  sell(client: string, order: string, firstSerial: number | undefined): void {
    const call = this.client(client).storeCall("sell", { order, buyer: client, quantity: 1 });
    call.returned(firstSerial === undefined ? { soldOut: true } : { firstSerial, quantity: 1 });
  }

  /** As a client leaves it that is killed as it writes. */
  cutOff(part: "lock" | "store" | "notes", client: string, text: string): void {
    appendFileSync(join(this.folder, partName(part, client)), text);
  }

  check(
    plan: Partial<RoundPlan> = {},
    report: Partial<RoundReport> = {},
    lock: Partial<LockGuarantees> = {},
  ): CheckedRound {
    const whole: RoundReport = {
      round: 0,
      phase: "",
      injected: [],
      outcomes: [],
      stall: null,
      state: null,
      findings: [],
      clockErrorNs: 0,
      fence: 0,
      sold: 0,
      inputs: 0,
      wallMs: 0,
      ...report,
    };
    return checkRound({
      plan: { ...drawRound(1, 0, casts), fault: "kill", cast: "processes", lock: "quick", store: null, style: "section", capacity: 5, ...plan }, // prettier-ignore
      folder: this.folder,
      reports: [whole],
      lock: { ...processes.locks[0]!.guarantees, ...lock },
    });
  }
}

/** What was found, as text. */
export function found({ findings }: CheckedRound): string[] {
  return findings.map(({ promise, sentence }) => `${promise}: ${sentence}`);
}
