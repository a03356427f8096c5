import type * as fc from "fast-check";
import type { BrokerChannel, ChannelListener } from "../../src/broker-channel.ts";
import type { BrokerConnection } from "../../src/lock-broker.ts";
import type { BrokerReply, BrokerRequest } from "../../src/protocol.ts";

/** What is wrong with the lines between processes and broker. Without any of these they are sound. */
export interface LineDefects {
  /** A message may overtake another. */
  readonly reorders?: boolean;
  /** What ends a hold never arrives. */
  readonly losesReleases?: boolean;
  /** The same, but only of holds that nobody has entered: grants that have crossed their cancels. */
  readonly losesHandBacks?: boolean;
  /** Whoever is told that the lock is busy hears that it is granted, with the token after the last. */
  readonly grantsToBusy?: boolean;
  /** Nobody is told that a holder died. */
  readonly hidesDeaths?: boolean;
  /** The broker does not come to know that a process is gone. */
  readonly hidesEnds?: boolean;
  /** Processes do not come to know that the broker is gone. */
  readonly hidesBrokersEnd?: boolean;
}

/** Messages of one direction, in order, each on its way for as long as the scheduler likes. */
class Direction {
  readonly #scheduler: fc.Scheduler;
  readonly #reorders: boolean;
  #last: Promise<unknown> = Promise.resolve();

  constructor(scheduler: fc.Scheduler, reorders: boolean) {
    this.#scheduler = scheduler;
    this.#reorders = reorders;
  }

  send(what: string, deliver: () => void): void {
    const way = (): Promise<void> =>
      this.#scheduler.schedule(Promise.resolve(), what).then(deliver);
    if (this.#reorders) void way();
    else this.#last = this.#last.then(way);
  }
}

/** Sees what reaches the broker. A request of which it says no is lost. */
interface Watch {
  request(request: BrokerRequest): boolean;
  gone(): void;
}

/** A process's line to the broker. */
export class Line implements BrokerChannel {
  readonly brokerName = "the broker of the test";
  readonly brokerProcessId = 1;
  readonly congested = false;
  readonly #connection: BrokerConnection;
  readonly #defects: LineDefects;
  readonly #watch: Watch;
  readonly #toBroker: Direction;
  readonly #toClient: Direction;
  readonly #nextTurn: () => Promise<void>;
  #listener!: ChannelListener;
  #later: BrokerRequest[] = [];
  #isGone = false;

  constructor(
    scheduler: fc.Scheduler,
    connection: BrokerConnection,
    defects: LineDefects,
    watch: Watch,
  ) {
    this.#connection = connection;
    this.#defects = defects;
    this.#watch = watch;
    this.#toBroker = new Direction(scheduler, defects.reorders === true);
    this.#toClient = new Direction(scheduler, defects.reorders === true);
    this.#nextTurn = () => scheduler.schedule(Promise.resolve(), "the end of a turn");
  }

  listen(listener: ChannelListener): void {
    this.#listener = listener;
  }

  post(request: BrokerRequest): void {
    for (const each of [...this.#later.splice(0), request]) this.#send(each);
  }

  postLater(request: BrokerRequest): void {
    if (this.#later.push(request) === 1)
      void this.#nextTurn().then(() => this.#later.splice(0).forEach((each) => this.#send(each)));
  }

  #send(request: BrokerRequest): void {
    if (this.#isGone) return;
    // As a channel copies it.
    const copy = structuredClone(request);
    this.#toBroker.send(request.type, () => {
      if (this.#watch.request(copy)) this.#connection.receive(copy);
    });
  }

  reply(reply: BrokerReply): void {
    const copy = structuredClone(reply);
    this.#toClient.send(reply.type, () => {
      if (!this.#isGone) this.#listener.received(copy);
    });
  }

  clientIsGone(): void {
    this.#isGone = true;
    this.#later = [];
    // So that nothing of it keeps the test's process alive; nobody looks at what it says.
    this.#listener.closed();
    if (this.#defects.hidesEnds === true) return;
    this.#toBroker.send("gone", () => {
      this.#watch.gone();
      this.#connection.gone();
    });
  }

  brokerIsGone(): void {
    if (this.#isGone || this.#defects.hidesBrokersEnd === true) return;
    this.#toClient.send("broker gone", () => this.#listener.closed());
  }
}
