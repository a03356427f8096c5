import process from "node:process";
import { setTimeout as rest } from "node:timers/promises";
import { procText, TICK_US } from "./proc.ts";

/** Counters of the whole machine, read before and after a window. Absent where the machine does not say. */
export interface NoiseReading {
  /** CPU time of everybody on the machine, in microseconds. */
  readonly busyUs: number | undefined;
  /** CPU time of this process at the same moment, in microseconds. */
  readonly ownUs: number;
  /** Time that the hypervisor took, in microseconds; counted in ticks of 10 ms. */
  readonly stealUs: number | undefined;
  /** Time that somebody who could run had to wait for a core, in microseconds. */
  readonly pressureUs: number | undefined;
  /** Context switches. */
  readonly switches: number | undefined;
}

/** What happened on the machine during a window that was not the window's own doing. */
export interface Noise {
  /** Share of the machine's time that the hypervisor took, 0 to 1. */
  readonly steal: number | null;
  /** Cores used by other processes: 0.05 is 5 % of one core; null where no counter shows them. */
  readonly othersCores: number | null;
  readonly pressureUs: number | null;
  readonly switches: number | null;
  /**
   * Nanoseconds per operation of a fixed piece of work just before and just after, on average; null where it was
   * not measured. It is the machine's pace and nobody's fault: no estimate is changed by it.
   */
  readonly pace: number | null;
}

/** Reads the counters. Files that are missing, or that a runtime may not read, give `undefined`. */
export function readNoise(): NoiseReading {
  const stat = procText("/proc/stat");
  const pressure = /^some .*total=(\d+)/m.exec(procText("/proc/pressure/cpu"))?.[1];
  const steal = /^cpu +(?:\d+ +){7}(\d+)/m.exec(stat)?.[1];
  const switches = /^ctxt (\d+)/m.exec(stat)?.[1];
  const { user, system } = process.cpuUsage();
  return {
    busyUs: busyUs(),
    ownUs: user + system,
    stealUs: steal === undefined ? undefined : Number(steal) * TICK_US,
    pressureUs: pressure === undefined ? undefined : Number(pressure),
    switches: switches === undefined ? undefined : Number(switches),
  };
}

/** CPU time of everybody, if there is a counter of the whole machine: what others did is unknown otherwise. */
function busyUs(): number | undefined {
  wholeMachine ??= seesWholeMachine(cgroupUs(), bootBusyUs());
  return wholeMachine ? cgroupUs() : undefined;
}

/** Decided once per process. */
let wholeMachine: boolean | undefined;

/** Both counters count the same since boot, but not in the same places; one group alone falls far short. */
const SAME = 0.9;

/**
 * True if a cgroup's CPU time is that of the whole machine. Inside a cgroup namespace the file shows
 * one's own group only, in which nobody else ever appears.
 */
export function seesWholeMachine(
  cgroupUs: number | undefined,
  sinceBootUs: number | undefined,
): boolean {
  return cgroupUs !== undefined && sinceBootUs !== undefined && cgroupUs >= SAME * sinceBootUs;
}

/** Busy time of all cores since boot: user, nice, system, irq and softirq. */
function bootBusyUs(): number | undefined {
  const line = /^cpu +(.*)$/m.exec(procText("/proc/stat"))?.[1];
  if (line === undefined) return undefined;
  const [user = 0, nice = 0, system = 0, , , irq = 0, softirq = 0] = line.split(" ").map(Number);
  return (user + nice + system + irq + softirq) * TICK_US;
}

const QUIET_WINDOW_MS = 200;
/** Of all cores' time. */
const QUIET_SHARE = 0.05;
const QUIET_LIMIT_MS = 5_000;

/**
 * Waits until the machine has next to nothing to do, 5 s at most: processes that have just been started
 * compile and collect for a second or two, and what follows would be measured beside that.
 *
 * @returns whether it came to that; false, after one window, where no counter tells
 * @throws the signal's reason
 */
export async function quiet(cores: number, signal: AbortSignal): Promise<boolean> {
  const endMs = performance.now() + QUIET_LIMIT_MS;
  for (let before = bootBusyUs(); performance.now() < endMs;) {
    const startMs = performance.now();
    await rest(QUIET_WINDOW_MS, undefined, { signal }).catch(() => signal.throwIfAborted());
    const after = bootBusyUs();
    if (before === undefined || after === undefined) return false;
    const wallUs = (performance.now() - startMs) * 1_000;
    if (after - before <= QUIET_SHARE * wallUs * cores) return true;
    before = after;
  }
  return false;
}

/** From counters of a microsecond or finer; the ticks of /proc/stat are too coarse for a window. */
function cgroupUs(): number | undefined {
  const usage = /^usage_usec (\d+)/m.exec(procText("/sys/fs/cgroup/cpu.stat"))?.[1];
  if (usage !== undefined) return Number(usage);
  const nanoseconds = procText("/sys/fs/cgroup/cpuacct/cpuacct.usage").trim();
  return nanoseconds === "" ? undefined : Number(nanoseconds) / 1_000;
}

/**
 * What lies between two readings; the machine's pace is nobody's counter, so it is added by who measures it.
 * @param besideUs - CPU time in between of what is measured beside this process, which is nobody else's
 */
export function noiseBetween(
  before: NoiseReading,
  after: NoiseReading,
  wallUs: number,
  besideUs: number,
  cores: number,
): Noise {
  const steal = difference(before.stealUs, after.stealUs);
  const busy = difference(before.busyUs, after.busyUs);
  const measuredUs = after.ownUs - before.ownUs + besideUs;
  return {
    // Some hypervisors correct their counter of stolen time backwards.
    steal: steal === null ? null : Math.max(0, steal) / (wallUs * cores),
    othersCores: busy === null ? null : Math.max(0, busy - measuredUs) / wallUs,
    pressureUs: difference(before.pressureUs, after.pressureUs),
    switches: difference(before.switches, after.switches),
    pace: null,
  };
}

/** More of either, and a block's numbers are somebody else's. */
const MOST_STEAL = 0.01;
const MOST_OTHERS_CORES = 0.05;

/** True if a block was disturbed: its windows' noise on average is above the limits. */
export function isContaminated(windows: readonly Noise[]): boolean {
  const over = (values: readonly (number | null)[], limit: number): boolean => {
    const known = values.filter((value) => value !== null);
    return known.length > 0 && known.reduce((sum, value) => sum + value, 0) / known.length > limit;
  };
  return (
    over(
      windows.map((noise) => noise.steal),
      MOST_STEAL,
    ) ||
    over(
      windows.map((noise) => noise.othersCores),
      MOST_OTHERS_CORES,
    )
  );
}

/** Whether others disturbed a single window; null where no counter of the machine tells. */
export function wasDisturbed(noise: Noise): boolean | null {
  return noise.steal === null && noise.othersCores === null ? null : isContaminated([noise]);
}

function difference(before: number | undefined, after: number | undefined): number | null {
  return before === undefined || after === undefined ? null : after - before;
}
