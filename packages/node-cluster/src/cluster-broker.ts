import cluster, { type Worker } from "node:cluster";
import { randomUUID } from "node:crypto";
import type { BrokerChannel, ChannelListener } from "./broker-channel.ts";
import { isWrapped, wrap } from "./envelope.ts";
import { type BrokerConnection, LockBroker } from "./lock-broker.ts";
import { StateNameKeeper } from "./name-keeper.ts";
import { Outbox } from "./outbox.ts";
import { processWide } from "./process-wide.ts";
import type { BrokerReply, BrokerRequest } from "./protocol.ts";

/** What the broker knows of one worker. */
interface WorkerRecord {
  readonly connection: BrokerConnection;
  readonly whenGone: (() => void)[];
}

/**
 * The broker of this cluster, in its primary, and the channels to it.
 *
 * **Crash behaviour**: a worker's locks are freed at the later of its `disconnect` and its `exit`,
 * which come in no promised order: after its last message, and not while it may still run.
 */
export class ClusterBroker {
  readonly #broker = new LockBroker(randomUUID, new StateNameKeeper());
  readonly #workers = new Map<Worker, WorkerRecord>();

  constructor() {
    cluster.on("message", (worker, message) => {
      if (!isWrapped(message, "lock") || isGone(worker)) return;
      this.#record(worker).connection.receive(message.body);
    });
    const perhapsGone = (worker: Worker): void => {
      if (isGone(worker)) this.#forget(worker);
    };
    cluster.on("disconnect", perhapsGone);
    cluster.on("exit", perhapsGone);
    process.once("exit", () => this.#broker.end());
  }

  /** Locks that are kept; 0 when everybody has closed theirs. */
  get lockCount(): number {
    return this.#broker.lockCount;
  }

  /** Settles when the worker is gone and what it held has been granted on. */
  whenGone(worker: Worker): Promise<void> {
    if (isGone(worker) && !this.#workers.has(worker)) return Promise.resolve();
    return new Promise((resolve) => this.#record(worker).whenGone.push(resolve));
  }

  /** A channel for the primary itself. */
  openChannel(): BrokerChannel {
    return new DirectChannel(this.#broker);
  }

  #record(worker: Worker): WorkerRecord {
    const known = this.#workers.get(worker);
    if (known !== undefined) return known;
    // One that does not read what it asked for is cut off: it ends when it notices, and then its locks are freed.
    const outbox = new Outbox(
      (message, sent) => worker.send(message, sent),
      () => worker.isConnected() && worker.process.disconnect(),
    );
    const post = (reply: BrokerReply): void => {
      if (worker.isConnected()) outbox.post(wrap("lock", reply));
    };
    const record: WorkerRecord = {
      connection: this.#broker.connect({ id: worker.process.pid ?? 0, post }),
      whenGone: [],
    };
    this.#workers.set(worker, record);
    return record;
  }

  #forget(worker: Worker): void {
    const record = this.#workers.get(worker);
    if (record === undefined) return;
    this.#workers.delete(worker);
    record.connection.gone();
    for (const resolve of record.whenGone) resolve();
  }
}

/** The primary's own line to the broker. Never answers before the question has returned, like any other channel. */
class DirectChannel implements BrokerChannel {
  readonly brokerName = `the cluster primary (process ${process.pid})`;
  readonly brokerProcessId: number = process.pid;
  readonly congested = false;
  readonly #broker: LockBroker;
  #connection: BrokerConnection | undefined;

  constructor(broker: LockBroker) {
    this.#broker = broker;
  }

  listen(listener: ChannelListener): void {
    const post = (reply: BrokerReply): void => queueMicrotask(() => listener.received(reply));
    this.#connection = this.#broker.connect({ id: process.pid, post });
  }

  post(request: BrokerRequest): void {
    queueMicrotask(() => this.#connection?.receive(request));
  }

  postLater(request: BrokerRequest): void {
    this.post(request);
  }
}

function isGone(worker: Worker): boolean {
  return worker.isDead() && !worker.isConnected();
}

/** The broker of this primary; made on first use. */
export function clusterBroker(): ClusterBroker {
  return processWide("broker", () => new ClusterBroker());
}
