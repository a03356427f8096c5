/**
 * Locks of JavaScript that others wrote, measured as the bench measures its own: contenders are
 * tasks of one thread, which is all that these locks are for, adding 1 to one shared counter.
 *
 *   node async-locks.ts async-mutex|navigator.locks <contenders> <warm-up windows> <windows> <window ms>
 *
 * Prints one JSON line per window and one with the process's CPU time, as every peer's program does.
 */
import process from "node:process";
import { Mutex } from "async-mutex";
import { Pacer } from "../run/pacer.ts";
import { spanOf } from "../run/window.ts";

type Batch = (count: number) => Promise<number>;

const counter = { value: 0 };
const nowNs = (): bigint => process.hrtime.bigint();

const batches: Readonly<Record<string, () => Batch>> = {
  "async-mutex": () => {
    const mutex = new Mutex();
    return async (count) => {
      for (let i = 0; i < count; i++) {
        const release = await mutex.acquire();
        try {
          counter.value++;
        } finally {
          release();
        }
      }
      return count;
    };
  },
  "navigator.locks": () => async (count) => {
    for (let i = 0; i < count; i++) {
      await navigator.locks.request("ticketlock-bench", () => {
        counter.value++;
      });
    }
    return count;
  },
};

const [kind = "", ...numbers] = process.argv.slice(2);
const [contenders, warmUps, windows, windowMs] = numbers.map(Number);
const newBatch = batches[kind];
if (
  newBatch === undefined ||
  windowMs === undefined ||
  numbers.some((text) => !/^\d+$/.test(text))
) {
  process.stderr.write(
    `usage: async-locks.ts ${Object.keys(batches).join("|")} <contenders> <warm-up windows> <windows> <window ms>\n`,
  );
  process.exit(2);
}
await measure(newBatch(), contenders!, warmUps!, windows!, windowMs);

async function measure(
  batch: Batch,
  contenders: number,
  warmUps: number,
  windows: number,
  windowMs: number,
): Promise<void> {
  const pacers = Array.from({ length: contenders }, () => new Pacer(nowNs, contenders > 1));
  for (let window = 0; window < warmUps + windows; window++) {
    counter.value = 0;
    const cpuBefore = process.cpuUsage();
    const span = spanOf(nowNs(), windowMs * 1e6);
    const done = await Promise.all(pacers.map((pacer) => pacer.run(span, batch)));
    const shares = done.map((each) => each.operations);
    const ended = done
      .map((each) => each.endedNs)
      .reduce((last, each) => (each > last ? each : last));
    const began = done
      .map((each) => each.beganNs)
      .reduce((first, each) => (each < first ? each : first));
    const { user, system } = process.cpuUsage(cpuBefore);
    if (window < warmUps) continue;
    const operations = shares.reduce((sum, share) => sum + share, 0);
    const all = done.reduce((sum, each) => sum + each.all, 0);
    print({
      operations,
      all,
      counted: counter.value,
      wallNs: Number(ended - began),
      startSkewNs: 0,
      cpuUs: user + system,
      shares,
      spansNs: done.map((each) => Number(each.endedNs - each.beganNs)),
    });
  }
  const { user, system } = process.cpuUsage();
  print({ done: true, cpuUs: user + system });
}

function print(line: unknown): void {
  process.stdout.write(`${JSON.stringify(line)}\n`);
}
