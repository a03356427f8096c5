/**
 * The whole of `ipc` but `node:cluster`: mutexes, clients and broker of this package, between which
 * messages travel, processes die and the broker ends when a scheduler says so.
 */
import { randomUUID } from "node:crypto";
import { TicketlockError } from "@ticketlock/core";
import type { TokenBlock } from "@ticketlock/mapped-memory/state";
import type * as fc from "fast-check";
import { BrokerClient } from "../../src/broker-client.ts";
import type { IpcGuard } from "../../src/ipc-guard.ts";
import { IpcMutex } from "../../src/ipc-mutex.ts";
import { LockBroker } from "../../src/lock-broker.ts";
import type { Beginning, NameKeeper } from "../../src/name-keeper.ts";
import type { BrokerReply, BrokerRequest } from "../../src/protocol.ts";
import { Line, type LineDefects } from "./scheduled-line.ts";

/** A host on which nobody kept a name before: what outlives a lock is how many tokens are reserved. */
function freshNames(): NameKeeper {
  const floors = new Map<string, number>();
  return {
    keep: (directory, name) => {
      const place = `${directory}/${name}`;
      const reserve = (atLeast: number): TokenBlock => {
        const above = Math.max(floors.get(place) ?? 0, atLeast);
        floors.set(place, above + BLOCK);
        return { above, upTo: above + BLOCK };
      };
      const begin = (): Beginning => ({
        ...reserve(0),
        afterDeath: false,
        predecessors: undefined,
      });
      return { place, begin, enter: () => () => undefined, reserve };
    },
    giveUp: () => undefined,
  };
}

/** Tokens that are reserved at a time. */
const BLOCK = 3;
const HANDLE = { module: "@ticketlock/node-cluster", kind: "ipc", version: 2, data: null };

/** The world as it is known without asking the broker, and everything in it that must not be. */
export class ScheduledCluster {
  readonly faults: string[] = [];
  readonly #scheduler: fc.Scheduler;
  readonly #defects: LineDefects;
  readonly #broker = new LockBroker(randomUUID, freshNames());
  readonly #processes: SimulatedProcess[] = [];
  /** Acquisitions that have reached the broker and wait, in that order. */
  #line: { readonly process: number; readonly id: number }[] = [];
  #inside: SimulatedProcess | undefined;
  #lastToken = 0;
  #entered = new Set<number>();
  #deaths = 0;
  /** A holder has died inside and nobody has called the data consistent since. */
  #mustBeTold = false;
  brokerEnded = false;

  constructor(scheduler: fc.Scheduler, defects: LineDefects = {}) {
    this.#scheduler = scheduler;
    this.#defects = defects;
  }

  /** Starts a process. */
  fork(): SimulatedProcess {
    const id = this.#processes.length;
    const process = new SimulatedProcess(id, this.#openLine(id), this);
    this.#processes.push(process);
    return process;
  }

  #openLine(id: number): Line {
    const connection = this.#broker.connect({
      id,
      post: (reply) => {
        this.#watchReply(id, reply);
        line.reply(this.#spoilt(reply));
      },
    });
    const line = new Line(this.#scheduler, connection, this.#defects, {
      request: (request) => this.#takes(id, request),
      gone: () => {
        this.#line = this.#line.filter(({ process }) => process !== id);
      },
    });
    return line;
  }

  /** Some moment later, in whatever order the scheduler likes. */
  later(what: string): Promise<void> {
    return this.#scheduler.schedule(Promise.resolve(), what);
  }

  entered(process: SimulatedProcess, guard: IpcGuard): void {
    const { token, abandoned } = guard;
    if (this.#inside !== undefined)
      this.#fault(`${process.id} enters while ${this.#inside.id} is inside`);
    if (token <= this.#lastToken) this.#fault(`token ${token} comes after ${this.#lastToken}`);
    if (this.#mustBeTold && !abandoned) this.#fault(`${process.id} is not told of a death`);
    if (abandoned && this.#deaths === 0)
      this.#fault(`${process.id} is told of a death that was none`);
    this.#inside = process;
    this.#lastToken = Math.max(token, this.#lastToken);
    this.#entered.add(token);
  }

  isConsistent(): void {
    this.#mustBeTold = false;
  }

  left(process: SimulatedProcess): void {
    if (this.#inside === process) this.#inside = undefined;
  }

  died(process: SimulatedProcess): void {
    this.#deaths++;
    if (this.#inside === process) this.#mustBeTold = true;
    this.left(process);
  }

  /** The broker's process is killed. What it has sent still arrives. */
  endBroker(): void {
    this.brokerEnded = true;
    for (const process of this.#processes) process.line.brokerIsGone();
  }

  /** To be asked when nothing goes on any more. */
  async checkRest(): Promise<void> {
    for (const { id, alive, pending } of this.#processes)
      if (alive && pending > 0) this.#fault(`${pending} calls of process ${id} are not answered`);
    if (this.#line.length > 0 && !this.brokerEnded) this.#fault("somebody waits for ever");
    if (this.faults.length > 0 || this.brokerEnded) return;
    const last = this.fork();
    const guards: (IpcGuard | undefined)[] = [];
    void last.open().then(async (mutex) => guards.push(await mutex.tryAcquire()));
    await this.#scheduler.waitIdle();
    if (guards[0] === undefined) this.#fault("the lock is not free when all have gone");
    last.die();
    await this.#scheduler.waitIdle();
  }

  #takes(process: number, request: BrokerRequest): boolean {
    if (this.brokerEnded) return false;
    if (request.type === "release") {
      const { losesReleases = false, losesHandBacks = false } = this.#defects;
      if (losesReleases || (losesHandBacks && !this.#entered.has(request.token))) return false;
    }
    if (request.type === "acquire" && request.wait) this.#line.push({ process, id: request.id });
    if (request.type === "cancel") this.#leaves(process, request.id);
    return true;
  }

  /** What the broker says first is judged: grants go strictly in the order of arrival. */
  #watchReply(process: number, reply: BrokerReply): void {
    if (reply.type === "refused") {
      if (reply.id !== undefined) this.#leaves(process, reply.id);
      return;
    }
    if (reply.type !== "granted") return;
    const at = this.#line.findIndex((one) => one.process === process && one.id === reply.id);
    if (at > 0) this.#fault(`process ${process} is granted before ${this.#line[0]!.process}`);
    this.#leaves(process, reply.id);
  }

  #leaves(process: number, id: number): void {
    this.#line = this.#line.filter((one) => one.process !== process || one.id !== id);
  }

  #spoilt(reply: BrokerReply): BrokerReply {
    if (reply.type === "busy" && this.#defects.grantsToBusy === true) {
      const token = this.#lastToken + 1;
      return { ...reply, type: "granted", seat: 1, token, abandoned: false, contended: false };
    }
    if (reply.type === "granted" && this.#defects.hidesDeaths === true)
      return { ...reply, abandoned: false };
    return reply;
  }

  #fault(what: string): void {
    this.faults.push(what);
  }

  unexpected(process: SimulatedProcess, error: unknown): void {
    this.#fault(`process ${process.id}: ${String(error)}`);
  }
}

/** One process: a client of its own, and a mutex that its programs share. */
export class SimulatedProcess {
  readonly id: number;
  readonly line: Line;
  alive = true;
  closed = false;
  /** Calls that are not answered yet. */
  pending = 0;
  readonly #cluster: ScheduledCluster;
  readonly #client: BrokerClient;

  constructor(id: number, line: Line, cluster: ScheduledCluster) {
    this.id = id;
    this.line = line;
    this.#cluster = cluster;
    this.#client = new BrokerClient(line, { handshakeMs: 2 ** 30 });
  }

  async open(): Promise<IpcMutex> {
    return new IpcMutex(HANDLE, this.#client, await this.#client.open("orders", "/state"));
  }

  /** A call that must come to an end, as long as this process lives. */
  async call<T>(call: Promise<T>): Promise<T | undefined> {
    this.pending++;
    try {
      return await call;
    } catch (error) {
      if (!this.#isExpected(error)) this.#cluster.unexpected(this, error);
      return undefined;
    } finally {
      this.pending--;
    }
  }

  #isExpected(error: unknown): boolean {
    if (!this.alive || error === CALLED_OFF) return true;
    if (!(error instanceof TicketlockError)) return false;
    if (error.code === "LOCK_CLOSED") return this.closed;
    return error.code === "LOCK_LOST" && this.#cluster.brokerEnded;
  }

  /** SIGKILL: what it had sent still arrives, and then the broker hears of its end. */
  die(): void {
    if (!this.alive) return;
    this.alive = false;
    this.#cluster.died(this);
    this.line.clientIsGone();
  }
}

/** Reason with which waiting is aborted. */
export const CALLED_OFF = "called off";
