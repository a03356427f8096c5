import { constants } from "node:fs";
import { systemCalls } from "../platform/current-calls.ts";

/** Tells a process from every other one that this host has run, also after its id was given to another. */
export interface ProcessIdentity {
  readonly processId: number;
  /** Clock ticks between the boot and the start of the process; empty where the system does not tell. */
  readonly startTime: string;
  /** Empty where the system does not tell. */
  readonly bootId: string;
  /** Number of the PID namespace; 0 where there is none to be told apart. */
  readonly pidNamespace: number;
}

const BOOT_ID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
const IDENTITY = /^(\d{1,10})-(\d{0,20})-([0-9a-f-]{0,36})-(\d{1,20})$/;

let knownBootId: string | undefined;
let knownPidNamespace: number | undefined;

/** Another one after every boot of this host; empty where the system does not tell (anything but Linux). */
export function bootId(): string {
  return (knownBootId ??= readBootId());
}

/** The inode number of the PID namespace that this process lives in; 0 where there is none. */
export function pidNamespace(): number {
  return (knownPidNamespace ??= readPidNamespace());
}

/**
 * When the process of this id was started, in clock ticks after the boot: together with the id it
 * names one process for good. `undefined` if no such process lives, a dead one that its parent has
 * not asked after included; empty where the system does not tell.
 */
export function processStartTime(processId: number): string | undefined {
  if (process.platform !== "linux") return lives(processId) ? "" : undefined;
  let stat: string;
  try {
    stat = readText(`/proc/${processId}/stat`);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EMFILE") throw error;
    // Where /proc is not mounted, or hides others, the process may live all the same.
    return lives(processId) ? "" : undefined;
  }
  // The command's name stands in brackets and may itself hold spaces and brackets.
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  const [state = "", startTime = ""] = [fields[0], fields[19]];
  return /^[ZXx]$/.test(state) ? undefined : startTime;
}

/** This very process. */
export function ownIdentity(): ProcessIdentity {
  return identify(process.pid, processStartTime(process.pid) ?? "");
}

/** The living process of this id, in this PID namespace; `undefined` if there is none. */
export function identityOf(processId: number): ProcessIdentity | undefined {
  const startTime = processStartTime(processId);
  return startTime === undefined ? undefined : identify(processId, startTime);
}

/** An identity as a part of a file's name. */
export function identityText({
  processId,
  startTime,
  bootId: boot,
  pidNamespace: namespace,
}: ProcessIdentity): string {
  return `${processId}-${startTime}-${boot}-${namespace}`;
}

/** Reads what `identityText` wrote; `undefined` if it is something else. */
export function parseIdentity(text: string): ProcessIdentity | undefined {
  const match = IDENTITY.exec(text);
  if (match === null) return undefined;
  const [, processId, startTime = "", boot = "", namespace] = match;
  return {
    processId: Number(processId),
    startTime,
    bootId: boot,
    pidNamespace: Number(namespace),
  };
}

/**
 * False only if the process has certainly ended. One of another PID namespace cannot be looked
 * for, so it counts as living until the next boot.
 */
export function mayLive(identity: ProcessIdentity): boolean {
  if (identity.bootId !== bootId()) return false;
  if (identity.pidNamespace !== pidNamespace()) return true;
  const startTime = processStartTime(identity.processId);
  if (startTime === undefined) return false;
  return startTime === "" || identity.startTime === "" || startTime === identity.startTime;
}

/** True if both are the same process. */
export function isSameProcess(one: ProcessIdentity, other: ProcessIdentity): boolean {
  return (
    one.processId === other.processId &&
    one.startTime === other.startTime &&
    one.bootId === other.bootId &&
    one.pidNamespace === other.pidNamespace
  );
}

function identify(processId: number, startTime: string): ProcessIdentity {
  return { processId, startTime, bootId: bootId(), pidNamespace: pidNamespace() };
}

function lives(processId: number): boolean {
  try {
    systemCalls().kill(processId, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}

/** A file of /proc, whose size nobody knows before; those read here are smaller than the buffer. */
function readText(path: string): string {
  const calls = systemCalls();
  const file = calls.openSync(path, constants.O_RDONLY);
  try {
    const bytes = new Uint8Array(4096);
    return latin1.decode(bytes.subarray(0, calls.readSync(file, bytes, 0, bytes.length, 0)));
  } finally {
    calls.closeSync(file);
  }
}

const latin1 = new TextDecoder("latin1");

function readBootId(): string {
  if (process.platform !== "linux") return "";
  try {
    const text = readText("/proc/sys/kernel/random/boot_id").trim();
    return BOOT_ID.test(text) ? text : "";
  } catch {
    return "";
  }
}

function readPidNamespace(): number {
  if (process.platform !== "linux") return 0;
  try {
    return Number(
      /^pid:\[(\d+)\]$/.exec(systemCalls().readlinkSync("/proc/self/ns/pid"))?.[1] ?? 0,
    );
  } catch {
    return 0;
  }
}
