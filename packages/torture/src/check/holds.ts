import type { Injected } from "../round/round-report.ts";
import type { Call, History, MutexOperation } from "@ticketlock/history";

/** One hold of a lock, as far as its history tells. */
export interface Hold {
  readonly client: string;
  readonly token: number;
  /** When the acquisition was called, and when it returned. */
  readonly calledNs: bigint;
  readonly grantedNs: bigint;
  /** When a release of it was called; undefined: none was. */
  readonly releasingNs: bigint | undefined;
  /** When it had returned; undefined: it has not, or it is not known. */
  readonly releasedNs: bigint | undefined;
}

/** What a lock's history tells of who held it, in the order of tokens. */
export interface Holds {
  readonly holds: readonly Hold[];
  /** The beginning of each client's end. A client that ended and is not in here was not expected to. */
  readonly deaths: ReadonlyMap<string, bigint>;
  /** Acquisitions that have not returned, by client: it may have been granted. */
  readonly open: ReadonlyMap<string, readonly bigint[]>;
}

/** Reads the holds out of a history of the mutex model. */
export function holdsOf({ calls }: History): Holds {
  const holds: Hold[] = [];
  const deaths = new Map<string, bigint>();
  const open = new Map<string, bigint[]>();
  const releases = new Map<string, Call>();
  for (const call of calls) {
    const operation = call.operation as MutexOperation;
    if (operation.name === "release") releases.set(`${call.client} ${operation.token}`, call);
    if (operation.name === "died" && !deaths.has(call.client))
      deaths.set(call.client, call.calledNs);
  }
  for (const { client, operation, calledNs, returnedNs } of calls) {
    const { name } = operation;
    if (name !== "acquire" && name !== "tryAcquire") continue;
    const { token } = operation as Extract<MutexOperation, { name: "acquire" }>;
    if (returnedNs === undefined || token === undefined) {
      open.set(client, [...(open.get(client) ?? []), calledNs]);
      continue;
    }
    const release = releases.get(`${client} ${token}`);
    holds.push({
      client,
      token: Number(token),
      calledNs,
      grantedNs: returnedNs,
      releasingNs: release?.calledNs,
      releasedNs: release?.returnedNs,
    });
  }
  holds.sort((a, b) => a.token - b.token);
  return { holds, deaths, open };
}

/** The hold in which a client certainly was when it died: granted, and not given back. */
export function lastHold({ holds, deaths }: Holds, client: string): Hold | undefined {
  if (!deaths.has(client)) return undefined;
  const last = holds.findLast((hold) => hold.client === client);
  return last?.releasingNs === undefined ? last : undefined;
}

/** The hold with which a lock was lost, though the thread that had it may have run on and released it later. */
export function lostHold(
  { holds }: Holds,
  { victim, untilNs, resetNs }: Pick<Injected, "victim" | "untilNs" | "resetNs">,
): Hold | undefined {
  if (resetNs === undefined || untilNs === undefined) return undefined;
  const last = holds.findLast(({ client, grantedNs }) => client === victim && grantedNs < BigInt(untilNs)); // prettier-ignore
  // One that stood in line may have been given it unseen.
  const { releasingNs } = last ?? {};
  return releasingNs === undefined || releasingNs > BigInt(untilNs) ? last : undefined;
}

/** The hold that came next after one, by token. */
export function nextHold({ holds }: Holds, { token }: Hold): Hold | undefined {
  return holds.find((hold) => hold.token > token);
}
