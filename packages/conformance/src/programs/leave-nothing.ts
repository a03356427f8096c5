/**
 * Run as a process of its own: opens a session, uses it in every way that starts something, closes
 * it, and prints what there was before and is afterwards. Then it must end by itself.
 */
import { readdir, readFile } from "node:fs/promises";
import { basename, dirname, isAbsolute } from "node:path";
import { type Adapter, type Handle, openSession, Providers, type Session } from "@ticketlock/core";
import { countTimers } from "../kit/pending-timers.ts";
import { workloadUrl } from "../kit/workload-url.ts";

/** What a session could leave behind, as far as this system lets one look. */
interface Belongings {
  /** By name. */
  readonly threads: string[];
  readonly children: string[];
  readonly timers: number;
  /** What else keeps a process alive, ports for one; only Node tells all of it. */
  readonly resources: string[];
}

/** What is wound up late gets so many looks, one every so many milliseconds. */
const MOST_LOOKS = 200;
const LOOK_MS = 10;
/** So many looks in a row that see the same: what the sessions before have ended is gone. */
const QUIET_LOOKS = 20;

/**
 * Threads that a runtime starts for itself as it needs them, for looking as well, and ends after idle
 * seconds or never: Deno's pool; Bun's pool, compilers and collectors. A worker is called otherwise.
 */
const OWN_THREAD =
  /^(tokio-runtime|Bun Pool|JITWorker|HeapHelper|ollector Thread|JSCWarmUp|mi-scavenger)/;

/** Files and directories that the handles of what is closed by now have named. */
const named = new Set<string>();

const timers = countTimers();
const [adapterUrl, lockKind, storeKind] = process.argv.slice(2);
const { adapter } = (await import(adapterUrl!)) as { adapter: Adapter };

// The first session also starts what a process has only once: a pool of threads, a helper.
await useSession();
await useSession(); // some of Deno's threads come later than that
const before = await quiet();
await useSession();
const after = await settled(before);
console.log(JSON.stringify({ before, after, files: await filesLeft() }));

async function useSession(): Promise<void> {
  const providers = new Providers([adapter]);
  const session = await openSession({
    adapters: [adapter],
    contenders: 3,
    lock: { kind: lockKind },
    ...(storeKind ? { store: { kind: storeKind, options: { capacity: 3 } } } : {}),
  });
  const alone = await providers.openLock(await providers.createLock(lockKind, "threads"));
  for (const shared of [...session.locks, session.store, alone])
    if (shared !== undefined) noteNamed(shared.handle);
  await session.run(workloadUrl("facts"), null, { onRequest: () => null });
  await contend(session);
  const guard = await alone.acquire();
  const pending = alone.acquire({ timeoutMs: 60_000 }).catch(() => undefined);
  await session.crash(1);
  await session.close();
  await alone.close();
  await pending;
  await Promise.resolve(guard.release()).catch(() => undefined);
}

/** Leaves timers, signals and waiters behind in owner and contenders alike. */
async function contend(session: Session): Promise<void> {
  const lock = session.locks[0]!;
  const guard = await lock.acquire();
  const controller = new AbortController();
  const aborted = lock.acquire({ signal: controller.signal }).catch(() => undefined);
  const late = lock.acquire({ timeoutMs: 5 }).catch(() => undefined);
  controller.abort();
  await Promise.all([aborted, late]);
  const run = session.run(
    workloadUrl("wait-once"),
    { ways: ["async"], pauses: false },
    { onRequest: () => null },
  );
  await guard.release();
  await run;
}

/** Notes what a handle names in the file system: a lock or store of its own must not outlive those who use it. */
function noteNamed({ data }: Pick<Handle, "data">): void {
  if (typeof data === "string" && isAbsolute(data)) named.add(data);
  if (typeof data !== "object" || data === null || ArrayBuffer.isView(data)) return;
  for (const part of Object.values(data)) noteNamed({ data: part });
}

/** Looks until they are gone: a file goes with its last user, which may be a helper that is about to let go. */
async function filesLeft(): Promise<string[]> {
  for (let looks = 0; ; looks++) {
    const files = await namedFiles();
    if (files.length === 0 || looks === MOST_LOOKS) return files;
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
  }
}

/** Those of the named files that are still there, and what lies beside them under a longer name. */
async function namedFiles(): Promise<string[]> {
  const left: string[] = [];
  for (const path of named) {
    const beside = await readdir(dirname(path)).catch(() => []);
    left.push(...beside.filter((name) => name.startsWith(basename(path))));
  }
  return left;
}

/** Looks until nothing changes any more: what is still about to end would hide what is left later. */
async function quiet(): Promise<Belongings> {
  let last = await belongings();
  for (let [looks, same] = [0, 0]; same < QUIET_LOOKS && looks < MOST_LOOKS; looks++) {
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
    const now = await belongings();
    same = JSON.stringify(now) === JSON.stringify(last) ? same + 1 : 0;
    last = now;
  }
  return last;
}

/** Looks until there is no more than before; what a runtime winds up late gets its time. */
async function settled(before: Belongings): Promise<Belongings> {
  for (let looks = 0; ; looks++) {
    const now = await belongings();
    const less =
      now.threads.length <= before.threads.length &&
      now.children.length <= before.children.length &&
      now.timers <= before.timers &&
      now.resources.length <= before.resources.length;
    if (less || looks === MOST_LOOKS) return now;
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
  }
}

/** @throws if this process may not look: then nothing that it counts would mean anything. */
async function belongings(): Promise<Belongings> {
  const tasks = process.platform === "linux" ? await readdir("/proc/self/task") : [];
  const children: string[] = [];
  const threads: string[] = [];
  for (const task of tasks) {
    const [list, name] = await Promise.all([read(task, "children"), read(task, "comm")]);
    children.push(...(list ?? "").split(" ").filter((pid) => pid !== ""));
    if (name !== undefined && !OWN_THREAD.test(name)) threads.push(name.trim());
  }
  const info: unknown = Reflect.get(process, "getActiveResourcesInfo");
  const resources = typeof info === "function" ? process.getActiveResourcesInfo().sort() : [];
  return { threads, children, timers: timers(), resources };
}

/** What the system says of a thread; `undefined` if it has ended meanwhile. */
function read(task: string, what: "children" | "comm"): Promise<string | undefined> {
  return readFile(`/proc/self/task/${task}/${what}`, "utf8").catch((error: unknown) => {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "ENOENT" || code === "ESRCH") return undefined;
    throw error;
  });
}
