/**
 * A message from a worker of node:cluster to its primary and back, and nothing else: what a lock that
 * is kept by the primary cannot be cheaper than. Measured as the bench measures its locks; the
 * primary counts, so that "counted" says that no message was lost.
 *
 *   node cluster-echo.ts cluster <contenders> <warm-up windows> <windows> <window ms>
 *
 * Prints one JSON line per window and one with the CPU time of all, as every peer's program does.
 * Messages are serialized as those of the adapter are, and have their size.
 */
import cluster, { type Worker } from "node:cluster";
import { once } from "node:events";
import process from "node:process";
import { type Paced, Pacer } from "../run/pacer.ts";
import { spanOf } from "../run/window.ts";

const nowNs = (): bigint => process.hrtime.bigint();

/** What a worker is told to do, and what it tells. */
interface Begin {
  readonly startNs: bigint;
  readonly lengthNs: number;
}
interface Done extends Paced {
  readonly cpuUs: number;
}
/** The size and shape of a request for a lock. */
const PING = { ticketlock: "lock", body: { type: "acquire", id: 1, seat: 1, wait: true } };

if (cluster.isPrimary) await lead(process.argv.slice(2));
else follow();

async function lead([kind, ...numbers]: string[]): Promise<void> {
  const [contenders, warmUps, windows, windowMs] = numbers.map(Number);
  if (kind !== "cluster" || numbers.length !== 4 || !numbers.every((text) => /^\d+$/.test(text))) {
    process.stderr.write(
      "usage: cluster-echo.ts cluster <contenders> <warm-up windows> <windows> <window ms>\n",
    );
    process.exit(2);
  }
  cluster.setupPrimary({ serialization: "advanced", stdio: ["ignore", 2, 2, "ipc"] });
  let counted = 0;
  const workers = Array.from({ length: contenders! }, () => cluster.fork());
  for (const worker of workers) {
    worker.on("message", (message: object) => {
      if (!("ticketlock" in message)) return;
      counted++;
      worker.send(message);
    });
  }
  await Promise.all(workers.map((worker) => once(worker, "message"))); // each says that it is up
  const cpu = { workersUs: 0 };
  for (let window = 0; window < warmUps! + windows!; window++) {
    counted = 0;
    const before = process.cpuUsage();
    const begin: Begin = { startNs: nowNs(), lengthNs: windowMs! * 1e6 };
    const done = await Promise.all(workers.map((worker) => runWindow(worker, begin)));
    const own = process.cpuUsage(before);
    const workersUs = done.reduce((sum, each) => sum + each.cpuUs, 0);
    cpu.workersUs += workersUs;
    if (window >= warmUps!) print(windowLine(done, counted, own.user + own.system + workersUs));
  }
  for (const worker of workers) worker.disconnect();
  const { user, system } = process.cpuUsage();
  print({ done: true, cpuUs: user + system + cpu.workersUs });
}

function runWindow(worker: Worker, begin: Begin): Promise<Done> {
  const done = new Promise<Done>((resolve) => {
    const take = (message: Done): void => {
      if (!("beganNs" in message)) return;
      worker.off("message", take);
      resolve(message);
    };
    worker.on("message", take);
  });
  worker.send(begin);
  return done;
}

function windowLine(done: readonly Done[], counted: number, cpuUs: number): unknown {
  const shares = done.map(({ operations }) => operations);
  const began = done.map(({ beganNs }) => beganNs).reduce((a, b) => (b < a ? b : a));
  const ended = done.map(({ endedNs }) => endedNs).reduce((a, b) => (b > a ? b : a));
  return {
    operations: shares.reduce((sum, share) => sum + share, 0),
    all: done.reduce((sum, { all }) => sum + all, 0),
    counted,
    wallNs: Number(ended - began),
    startSkewNs: 0,
    cpuUs,
    shares,
    spansNs: done.map(({ beganNs, endedNs }) => Number(endedNs - beganNs)),
  };
}

function print(line: unknown): void {
  process.stdout.write(`${JSON.stringify(line)}\n`);
}

function follow(): void {
  // Alone or not: the primary's one thread is what all wait for, so nobody is ever without rivals for long.
  const pacer = new Pacer(nowNs, true);
  let answered: () => void = () => {};
  process.on("message", (message: object) => {
    if ("ticketlock" in message) answered();
    else void runSpan(message as Begin);
  });
  const roundTrips = async (count: number): Promise<number> => {
    for (let i = 0; i < count; i++) {
      const answer = new Promise<void>((resolve) => (answered = resolve));
      process.send!(PING);
      await answer;
    }
    return count;
  };
  const runSpan = async ({ startNs, lengthNs }: Begin): Promise<void> => {
    const before = process.cpuUsage();
    const done = await pacer.run(spanOf(startNs, lengthNs), roundTrips);
    const { user, system } = process.cpuUsage(before);
    process.send!({ ...done, cpuUs: user + system });
  };
  process.send!({ up: true });
}
