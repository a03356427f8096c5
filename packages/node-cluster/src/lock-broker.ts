import { type LockState, TicketlockError } from "@ticketlock/core";
import { DEFAULT_WAITERS, MAX_BATCH, MAX_LOCKS, MAX_PENDING } from "./broker-limits.ts";
import { type BrokeredLock, raise, reserveFor } from "./brokered-lock.ts";
import { isMadeKey, makeKey } from "./lock-key.ts";
import { LockQueue } from "./lock-queue.ts";
import type { Beginning, NameKeeper } from "./name-keeper.ts";
import {
  type BrokerReply,
  type BrokerRequest,
  malformed,
  parseRequest,
  PROTOCOL_VERSION,
  refusal,
  requestId,
} from "./protocol.ts";

type OpenRequest = Extract<BrokerRequest, { type: "open" }>;

/** The other end of a channel. Who it is, the channel knows; nothing in a message can say otherwise. */
export interface BrokerPeer {
  /** For `query`: the id that its runtime gives it. */
  readonly id: number;
  post(reply: BrokerReply): void;
}

/** A peer's line to the broker. */
export interface BrokerConnection {
  /** Takes any message, or a list of them, in order; what is malformed is refused and changes nothing. */
  receive(message: unknown): void;
  /** The peer is gone and has said its last: its holds are abandoned, its waiters leave. */
  gone(): void;
}

/** One opening of a lock by one peer. */
interface Seat {
  readonly number: number;
  readonly connection: Connection;
  readonly lock: Lock;
  readonly leave: () => void;
  closing: boolean;
}

interface Acquisition {
  readonly seat: Seat;
  readonly id: number;
}

type Lock = BrokeredLock<Acquisition>;

/**
 * Grants locks to peers over any channel, in order of arrival. It trusts no message: a release
 * must come over the channel of the holder, for its seat, with the token of its hold.
 *
 * **Crash behaviour**: what a peer held when it went is granted to the next waiter, who is told
 * `abandoned` until a holder calls it consistent. The broker's own end is the end of its locks; the
 * broker that keeps a name after it goes on with higher tokens, and says `abandoned` if this one
 * was killed, or ended while the lock was held. It grants nothing before everybody has ended whom this
 * one may have let in.
 */
export class LockBroker {
  readonly #locks = new Map<string, Lock>();
  readonly #newUuid: () => string;
  readonly #names: NameKeeper;
  #seats = 0;

  constructor(newUuid: () => string, names: NameKeeper) {
    this.#newUuid = newUuid;
    this.#names = names;
  }

  /** Locks that somebody has open, or could open. */
  get lockCount(): number {
    return this.#locks.size;
  }

  connect(peer: BrokerPeer): BrokerConnection {
    return new Connection(this, peer);
  }

  /** The process ends: names whose locks are free and whole need not be asked about by the next to keep them. */
  end(): void {
    const unclear = [...this.#locks.values()].filter(
      ({ queue }) => queue.holder !== undefined || queue.abandoned,
    );
    this.#names.giveUp(new Set(unclear.map((lock) => lock.place)));
  }

  create(tokensAbove: number, waiters: number): string {
    this.#checkRoom();
    const key = makeKey(this.#newUuid());
    this.#locks.set(key, {
      place: key,
      named: false,
      queue: new LockQueue(tokensAbove, waiters || DEFAULT_WAITERS),
      upTo: Number.MAX_SAFE_INTEGER,
      reserve: () => Number.MAX_SAFE_INTEGER,
      enter: () => () => undefined,
      seats: 0,
    });
    return key;
  }

  seat(request: OpenRequest, connection: Connection): Seat {
    const { key, tokensAbove } = request;
    const lock = isMadeKey(key) ? this.#find(key) : this.#named(request);
    lock.seats++;
    try {
      raise(lock, tokensAbove);
      // Recorded before anything is granted to it.
      return this.#sit(lock, connection, lock.enter(connection.peerId));
    } catch (error) {
      this.#forget(lock);
      throw error;
    }
  }

  #sit(lock: Lock, connection: Connection, leave: () => void): Seat {
    return { number: ++this.#seats, connection, lock, leave, closing: false };
  }

  /** A lock goes with its last opening; a named one stays while a holder's death is unanswered. */
  unseat({ lock, leave }: Seat): void {
    leave();
    this.#forget(lock);
  }

  #forget(lock: Lock): void {
    lock.seats--;
    if (lock.queue.abandoned && lock.named) return;
    this.removeUnseated(lock.place);
  }

  removeUnseated(place: string): void {
    const lock = this.#locks.get(place);
    if (lock !== undefined && lock.seats === 0) this.#locks.delete(place);
  }

  #find(key: string): Lock {
    const lock = this.#locks.get(key);
    if (lock !== undefined) return lock;
    throw new TicketlockError(
      "LOCK_LOST",
      "Cannot open the lock: nobody has it open any more. Keep it open where it was made.",
    );
  }

  #named({ directory, key, waiters }: OpenRequest): Lock {
    const kept = this.#names.keep(directory, key);
    const { place } = kept;
    const known = this.#locks.get(place);
    if (known !== undefined) return known;
    this.#checkRoom();
    const { above, upTo, afterDeath, predecessors } = kept.begin();
    const lock: Lock = {
      place,
      named: true,
      queue: new LockQueue(above, waiters || DEFAULT_WAITERS, afterDeath),
      upTo,
      reserve: (atLeast) => kept.reserve(Math.max(lock.upTo, atLeast)).upTo,
      enter: (processId) => kept.enter(processId),
      seats: 0,
    };
    this.#locks.set(place, lock);
    if (predecessors !== undefined) this.#holdFor(predecessors, lock);
    return lock;
  }

  /** Those whom the broker before may have let in are one peer, which holds the lock until they have ended. */
  #holdFor(predecessors: NonNullable<Beginning["predecessors"]>, lock: Lock): void {
    const peer: BrokerPeer = {
      get id() {
        return predecessors.processId;
      },
      post: () => undefined,
    };
    const standIn = new Connection(this, peer);
    lock.seats++;
    standIn.hold(this.#sit(lock, standIn, () => undefined));
    predecessors.whenGone(() => standIn.gone());
  }

  #checkRoom(): void {
    if (this.#locks.size < MAX_LOCKS) return;
    throw new TicketlockError(
      "QUEUE_FULL",
      `Cannot make another lock: the broker keeps ${MAX_LOCKS} already. Close some.`,
    );
  }
}

class Connection implements BrokerConnection {
  readonly #broker: LockBroker;
  readonly #peer: BrokerPeer;
  readonly #seats = new Map<number, Seat>();
  readonly #waiting = new Map<number, Acquisition>();
  /** Made by this peer and opened by nobody yet. */
  readonly #unopened = new Set<string>();
  #gone = false;

  constructor(broker: LockBroker, peer: BrokerPeer) {
    this.#broker = broker;
    this.#peer = peer;
  }

  receive(message: unknown): void {
    const isList = Array.isArray(message) && message.length > 0 && message.length <= MAX_BATCH;
    for (const each of isList ? (message as unknown[]) : [message]) this.#receive(each);
  }

  #receive(message: unknown): void {
    if (this.#gone) return;
    const request = parseRequest(message);
    try {
      if (request === undefined) throw malformed();
      this.#serve(request);
    } catch (error) {
      const id = requestId(message);
      this.#peer.post({
        type: "refused",
        ...(id === undefined ? {} : { id }),
        error: refusal(error),
      });
    }
  }

  /** Takes a lock that is free. */
  hold(seat: Seat): void {
    this.#seats.set(seat.number, seat);
    seat.lock.queue.arrive({ seat, id: 0 }, false);
  }

  gone(): void {
    if (this.#gone) return;
    this.#gone = true;
    // Waiters first: a lock that this peer held must not be granted to the dead.
    for (const waiting of this.#waiting.values()) waiting.seat.lock.queue.leave(waiting);
    this.#waiting.clear();
    for (const seat of this.#seats.values()) {
      const { queue } = seat.lock;
      if (queue.holder?.seat === seat) this.#tellGranted(queue.abandon(), queue);
      this.#broker.unseat(seat);
    }
    this.#seats.clear();
    for (const key of this.#unopened) this.#broker.removeUnseated(key);
  }

  #serve(request: BrokerRequest): void {
    switch (request.type) {
      case "hello":
        return this.#hello(request.id, request.version);
      case "create":
        return this.#create(request.id, request.tokensAbove, request.waiters);
      case "open":
        return this.#open(request);
      case "acquire":
        return this.#acquire(request.id, this.#seat(request.seat), request.wait);
      case "cancel":
        return this.#cancel(request.id);
      case "release":
        return this.#release(this.#heldSeat(request.seat, request.token));
      case "consistent":
        return this.#heldSeat(request.seat, request.token).lock.queue.markConsistent();
      case "query":
        return this.#peer.post({
          type: "state",
          id: request.id,
          state: describe(this.#seat(request.seat).lock.queue),
        });
      case "close":
        return this.#close(this.#seat(request.seat));
    }
  }

  #hello(id: number, version: number): void {
    if (version !== PROTOCOL_VERSION) {
      throw new TicketlockError(
        "LOCK_UNSUPPORTED",
        `Cannot talk to this broker: it speaks version ${PROTOCOL_VERSION}, the process ${version}. Use one release of @ticketlock/node-cluster.`,
      );
    }
    this.#peer.post({ type: "welcome", id });
  }

  #create(id: number, tokensAbove: number, waiters: number): void {
    const key = this.#broker.create(tokensAbove, waiters);
    this.#unopened.add(key);
    this.#peer.post({ type: "created", id, key });
  }

  #open(request: OpenRequest): void {
    if (this.#seats.size >= MAX_LOCKS) {
      throw new TicketlockError(
        "QUEUE_FULL",
        `Cannot open another lock: this process has ${MAX_LOCKS} open. Close some.`,
      );
    }
    const seat = this.#broker.seat(request, this);
    this.#unopened.delete(request.key);
    this.#seats.set(seat.number, seat);
    this.#peer.post({ type: "opened", id: request.id, seat: seat.number });
  }

  #acquire(id: number, seat: Seat, wait: boolean): void {
    if (this.#waiting.has(id) || seat.closing) throw malformed();
    const { lock } = seat;
    const { queue } = lock;
    // Who is let in has its token for certain: a grant must not fail for want of room on a disk.
    reserveFor(lock, queue.floor);
    const acquisition: Acquisition = { seat, id };
    const arrival = this.#waiting.size >= MAX_PENDING ? "full" : queue.arrive(acquisition, wait);
    if (arrival === "granted") this.#tellGranted(acquisition, queue);
    else if (arrival === "waiting") this.#waiting.set(id, acquisition);
    else if (arrival === "busy") this.#peer.post({ type: "busy", id });
    else
      throw new TicketlockError(
        "QUEUE_FULL",
        `Cannot wait for the lock: ${queue.waiters} acquisitions wait for it already. Try again later.`,
      );
  }

  /** Finds nothing where the grant has crossed it: the peer hands that back. */
  #cancel(id: number): void {
    const waiting = this.#waiting.get(id);
    if (waiting === undefined) return;
    this.#waiting.delete(id);
    waiting.seat.lock.queue.leave(waiting);
  }

  #release(seat: Seat): void {
    const { queue } = seat.lock;
    this.#tellGranted(queue.release(), queue);
    if (seat.closing) this.#unseat(seat);
  }

  #close(seat: Seat): void {
    for (const [id, waiting] of this.#waiting) {
      if (waiting.seat === seat) this.#cancel(id);
    }
    seat.closing = true;
    // A hold outlives the closing until it is released, or was granted while the closing was on its way.
    if (seat.lock.queue.holder?.seat !== seat) this.#unseat(seat);
  }

  #unseat(seat: Seat): void {
    this.#seats.delete(seat.number);
    this.#broker.unseat(seat);
  }

  #tellGranted(acquisition: Acquisition | undefined, queue: LockQueue<Acquisition>): void {
    if (acquisition === undefined) return;
    const { seat, id } = acquisition;
    seat.connection.#waiting.delete(id);
    seat.connection.#peer.post({
      type: "granted",
      id,
      seat: seat.number,
      token: queue.token,
      abandoned: queue.abandoned,
      contended: queue.waiters > 0,
    });
  }

  #seat(number: number): Seat {
    const seat = this.#seats.get(number);
    if (seat !== undefined) return seat;
    throw new TicketlockError(
      "LOCK_CLOSED",
      "Cannot use the lock: this process does not have it open.",
    );
  }

  #heldSeat(number: number, token: number): Seat {
    const seat = this.#seat(number);
    const { queue } = seat.lock;
    if (queue.holder?.seat === seat && queue.token === token) return seat;
    throw new TicketlockError(
      "LOCK_NOT_HOLDER",
      `Cannot do that with token ${token}: the lock is not held with it by who asks.`,
    );
  }

  get peerId(): number {
    return this.#peer.id;
  }
}

function describe({ holder, token, waiters, abandoned }: LockQueue<Acquisition>): LockState {
  const state = { held: holder !== undefined, token, waiters, abandoned };
  return holder === undefined ? state : { ...state, holder: { id: holder.seat.connection.peerId } };
}
