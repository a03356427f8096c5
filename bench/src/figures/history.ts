import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { type ModelName, modelNames, writeHistory } from "@ticketlock/history";
import { generateHistory, mutationNames } from "@ticketlock/history/generate";
import { runInGroup } from "../cli/run-in-group.ts";
import { absolute, type Figure, type FigureContext, type Measurement } from "./figure.ts";

const CALLS = 10_000;
const CLIENTS = 8;
const SEED = 1;

/** How a history is to be judged, by the exit code of `pnpm history check`. */
const VALID = 0;
const VIOLATION = 1;

/** What the checker of histories promises: an answer soon, whether the history holds or not. */
export const historyTime: Figure = {
  name: "history-time",
  claim: `Checking a history of ${CALLS} calls by ${CLIENTS} clients, of each model, right or with one wrong call, from the command's start to its end: under 1 s`,
  limit: { kind: "at-most", value: 1 },
  needs: {},
  onlyWhenNamed: false,
  measure: ({ root, signal }: FigureContext) => checking(root, signal),
};

async function checking(root: string, signal: AbortSignal): Promise<Measurement> {
  const folder = mkdtempSync(join(tmpdir(), "ticketlock-figures-"));
  const times: number[] = [];
  const faults: string[] = [];
  const slowest: string[] = [];
  try {
    for (const model of modelNames) {
      const before = times.length;
      for (const mutate of [undefined, ...mutationNames(model)]) {
        const { tookS, code } = await check(root, signal, folder, model, mutate);
        times.push(tookS);
        const due = mutate === undefined ? VALID : VIOLATION;
        if (code !== due)
          faults.push(`${model} with ${mutate ?? "nothing"} wrong ended with ${code}, not ${due}`);
      }
      const most = Math.max(...times.slice(before));
      slowest.push(`${model} ${most.toFixed(2)} s in ${times.length - before} histories`);
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  const value = Math.max(...times);
  return {
    ...absolute(value, "s"),
    range: [Math.min(...times), value],
    detail: `the slowest of each model: ${slowest.join(", ")}`,
    faults,
  };
}

async function check(
  root: string,
  signal: AbortSignal,
  folder: string,
  model: ModelName,
  mutate: string | undefined,
): Promise<{ readonly tookS: number; readonly code: number | null }> {
  const path = join(folder, "history.jsonl");
  const options = mutate === undefined ? {} : { mutate };
  writeFileSync(path, writeHistory(generateHistory(SEED, model, CLIENTS, CALLS, options)));
  const args = ["packages/history/src/main.ts", "check", path, "--model", model];
  const before = performance.now();
  const { code } = await runInGroup(process.execPath, args, root, signal);
  return { tookS: (performance.now() - before) / 1_000, code };
}
