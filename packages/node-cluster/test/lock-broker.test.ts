import { randomUUID } from "node:crypto";
import { TicketlockError } from "@ticketlock/core";
import * as fc from "fast-check";
import { beforeEach, describe, expect, it } from "vitest";
import { type BrokerConnection, LockBroker } from "../src/lock-broker.ts";
import type { KeptName, NameKeeper } from "../src/name-keeper.ts";
import type { BrokerReply, BrokerRequest } from "../src/protocol.ts";

/** Tokens that the test's names reserve at a time. */
const BLOCK = 3;

/** Options of an opening that asks for nothing. */
const plain = { tokensAbove: 0, waiters: 0 };

/** What outlives a broker: how many tokens are reserved, and whether it ended well. */
class TestNames implements NameKeeper {
  readonly floors = new Map<string, number>();
  readonly dirty = new Set<string>();
  /** Who has names open, in order of entry. */
  readonly inside: string[] = [];
  /** Whether the broker before may have let somebody in who lives. */
  hasPredecessors = false;
  /** Ends them, once a broker waits for that. */
  endPredecessors: (() => void) | undefined;
  full = false;

  keep(directory: string, name: string): KeptName {
    const place = `${directory}/${name}`;
    const reserve = (atLeast: number): { above: number; upTo: number } => {
      if (this.full)
        throw new TicketlockError("LOCK_UNAVAILABLE", "Cannot write: the disk is full.");
      const above = Math.max(this.floors.get(place) ?? 0, atLeast);
      this.floors.set(place, above + BLOCK);
      return { above, upTo: above + BLOCK };
    };
    const begin = (): ReturnType<KeptName["begin"]> => ({
      ...reserve(0),
      afterDeath: this.dirty.delete(place),
      predecessors: this.hasPredecessors
        ? { processId: 99, whenGone: (then) => void (this.endPredecessors = then) }
        : undefined,
    });
    const enter = (processId: number): (() => void) => {
      if (this.full)
        throw new TicketlockError("LOCK_UNAVAILABLE", "Cannot write: the disk is full.");
      const entry = `${processId} ${name}`;
      this.inside.push(entry);
      return () => void this.inside.splice(this.inside.indexOf(entry), 1);
    };
    return { place, begin, enter, reserve };
  }
  giveUp(except: ReadonlySet<string>): void {
    for (const place of except) this.dirty.add(place);
  }
}

let broker: LockBroker;
let names: TestNames;
beforeEach(() => {
  names = new TestNames();
  broker = new LockBroker(randomUUID, names);
});

/** A peer whose messages are delivered at once, so that every order can be written down. */
class Peer {
  readonly replies: BrokerReply[] = [];
  readonly connection: BrokerConnection;

  constructor(id: number, of: LockBroker = broker) {
    this.connection = of.connect({ id, post: (reply) => void this.replies.push(reply) });
  }

  say(message: unknown): BrokerReply | undefined {
    const before = this.replies.length;
    this.connection.receive(message);
    return this.replies[before];
  }

  ask(request: BrokerRequest): BrokerReply | undefined {
    return this.say(request);
  }

  open(key: string, id = 1, options: { tokensAbove?: number; waiters?: number } = {}): number {
    const directory = key.startsWith("#") ? "" : "/state";
    const reply = this.ask({ type: "open", id, key, directory, ...plain, ...options });
    if (reply?.type !== "opened") throw new Error(`not opened: ${JSON.stringify(reply)}`);
    return reply.seat;
  }
}

describe("LockBroker", () => {
  it("hands a released lock to the first who waits, with a higher token", () => {
    const [a, b, c] = [new Peer(1), new Peer(2), new Peer(3)];
    const seats = [a, b, c].map((peer) => peer.open("orders")) as [number, number, number];
    expect(a.ask({ type: "acquire", id: 2, seat: seats[0], wait: true })).toMatchObject({
      type: "granted",
      token: 1,
      abandoned: false,
    });
    expect(b.ask({ type: "acquire", id: 2, seat: seats[1], wait: true })).toBeUndefined();
    expect(c.ask({ type: "acquire", id: 2, seat: seats[2], wait: true })).toBeUndefined();
    expect(a.ask({ type: "query", id: 3, seat: seats[0] })).toEqual({
      type: "state", id: 3, state: { held: true, token: 1, waiters: 2, abandoned: false, holder: { id: 1 } },
    }); // prettier-ignore
    a.say({ type: "release", seat: seats[0], token: 1 });
    expect(b.replies.at(-1)).toEqual({
      type: "granted",
      id: 2,
      seat: seats[1],
      token: 2,
      abandoned: false,
      contended: true,
    });
    b.say({ type: "release", seat: seats[1], token: 2 });
    expect(c.replies.at(-1)).toMatchObject({ type: "granted", token: 3 });
  });

  it("refuses a release by a stranger, with another token, or of a hold that is over", () => {
    const [holder, stranger] = [new Peer(1), new Peer(2)];
    const [seat, other] = [holder.open("orders"), stranger.open("orders")];
    holder.ask({ type: "acquire", id: 2, seat, wait: true });
    const refused = { type: "refused", error: { code: "LOCK_NOT_HOLDER" } };
    expect(stranger.say({ type: "release", seat: other, token: 1 })).toMatchObject(refused);
    expect(stranger.say({ type: "release", seat, token: 1 })).toMatchObject({
      type: "refused",
      error: { code: "LOCK_CLOSED" },
    });
    expect(stranger.say({ type: "consistent", seat: other, token: 1 })).toMatchObject(refused);
    expect(holder.say({ type: "release", seat, token: 2 })).toMatchObject(refused);
    expect(stranger.ask({ type: "acquire", id: 3, seat: other, wait: false })).toEqual({
      type: "busy",
      id: 3,
    });
    expect(holder.say({ type: "release", seat, token: 1 })).toBeUndefined();
    expect(holder.say({ type: "release", seat, token: 1 })).toMatchObject(refused);
  });

  it("frees what a peer held when it goes, skips its waiters, and tells holders until one answers", () => {
    const [dying, next, last] = [new Peer(1), new Peer(2), new Peer(3)];
    const [one, two, nextSeat, lastSeat] = [
      dying.open("orders"),
      dying.open("orders"),
      next.open("orders"),
      last.open("orders"),
    ];
    dying.ask({ type: "acquire", id: 2, seat: one, wait: true });
    dying.ask({ type: "acquire", id: 3, seat: two, wait: true });
    next.ask({ type: "acquire", id: 2, seat: nextSeat, wait: true });
    last.ask({ type: "acquire", id: 2, seat: lastSeat, wait: true });
    dying.connection.gone();
    expect(next.replies.at(-1)).toMatchObject({ type: "granted", token: 2, abandoned: true });
    next.connection.gone();
    expect(last.replies.at(-1)).toMatchObject({ type: "granted", token: 3, abandoned: true });
    last.say({ type: "consistent", seat: lastSeat, token: 3 });
    last.say({ type: "release", seat: lastSeat, token: 3 });
    expect(last.ask({ type: "acquire", id: 4, seat: lastSeat, wait: true })).toMatchObject({
      token: 4,
      abandoned: false,
    });
    expect(dying.say({ type: "acquire", id: 9, seat: one, wait: true })).toBeUndefined();
  });

  it("takes a cancelled waiter out; a cancel that crosses its grant changes nothing", () => {
    const [a, b] = [new Peer(1), new Peer(2)];
    const [seatA, seatB] = [a.open("orders"), b.open("orders")];
    a.ask({ type: "acquire", id: 2, seat: seatA, wait: true });
    b.ask({ type: "acquire", id: 2, seat: seatB, wait: true });
    b.say({ type: "cancel", id: 2 });
    a.say({ type: "release", seat: seatA, token: 1 });
    expect(b.replies.at(-1)?.type).toBe("opened");
    b.ask({ type: "acquire", id: 3, seat: seatB, wait: true });
    expect(b.say({ type: "cancel", id: 3 })).toBeUndefined();
    expect(a.ask({ type: "acquire", id: 3, seat: seatA, wait: false })).toEqual({
      type: "busy",
      id: 3,
    });
  });

  it("keeps a hold over the closing of its seat until it is released", () => {
    const [a, b] = [new Peer(1), new Peer(2)];
    const [seatA, seatB] = [a.open("orders"), b.open("orders")];
    a.ask({ type: "acquire", id: 2, seat: seatA, wait: true });
    a.say({ type: "close", seat: seatA });
    expect(b.ask({ type: "acquire", id: 2, seat: seatB, wait: false })?.type).toBe("busy");
    expect(a.ask({ type: "acquire", id: 3, seat: seatA, wait: true })).toMatchObject({
      type: "refused",
    });
    a.say({ type: "release", seat: seatA, token: 1 });
    expect(b.ask({ type: "acquire", id: 4, seat: seatB, wait: false })?.type).toBe("granted");
    expect(a.say({ type: "close", seat: seatA })).toMatchObject({ error: { code: "LOCK_CLOSED" } });
  });

  it("forgets a lock that nobody has open, and its tokens rise when the name comes back", () => {
    const a = new Peer(1);
    const seat = a.open("orders");
    a.ask({ type: "acquire", id: 2, seat, wait: true });
    a.say({ type: "release", seat, token: 1 });
    a.say({ type: "close", seat });
    expect(broker.lockCount).toBe(0);
    expect(a.ask({ type: "acquire", id: 3, seat: a.open("orders"), wait: true })).toMatchObject({
      token: BLOCK + 1,
    });
  });

  it("remembers an unanswered death of a named lock though nobody has it open", () => {
    const [a, b] = [new Peer(1), new Peer(2)];
    a.ask({ type: "acquire", id: 2, seat: a.open("orders"), wait: true });
    a.connection.gone();
    expect(b.ask({ type: "acquire", id: 2, seat: b.open("orders"), wait: true })).toMatchObject({
      token: 2,
      abandoned: true,
    });
  });

  it("takes several requests in one message, in order, each on its own merits, and no more than a limit", () => {
    const [a, b] = [new Peer(1), new Peer(2)];
    const [seatA, seatB] = [a.open("orders"), b.open("orders")];
    const acquire = (id: number, seat: number) => ({ type: "acquire", id, seat, wait: true });
    a.say([acquire(2, seatA), { type: "release", seat: seatA, token: 1 }, null, acquire(3, seatA)]);
    const said = a.replies
      .slice(1)
      .map((reply) => (reply.type === "granted" ? reply.token : reply.type));
    expect(said).toEqual([1, "refused", 2]);
    b.say([acquire(2, seatB), [acquire(3, seatB)], acquire(2, seatB)]);
    expect(b.replies.slice(1).map((reply) => reply.type)).toEqual(["refused", "refused"]);
    a.say([{ type: "release", seat: seatA, token: 2 }]);
    expect(b.replies.at(-1)).toMatchObject({ type: "granted", id: 2, token: 3, contended: false });
    const many = Array.from({ length: 100_000 }, () => ({
      type: "release",
      seat: seatB,
      token: 3,
    }));
    expect(b.say(many)).toMatchObject({ type: "refused", error: { code: "PROTOCOL_VIOLATION" } });
    expect(b.replies).toHaveLength(5);
  });

  it("reserves tokens before it lets anybody in, and refuses who cannot have one", () => {
    const [a, b] = [new Peer(1), new Peer(2)];
    const [seatA, seatB] = [a.open("orders"), b.open("orders")];
    names.full = true;
    const ask = (peer: Peer, seat: number, id: number): BrokerReply | undefined =>
      peer.ask({ type: "acquire", id, seat, wait: true });
    expect(ask(a, seatA, 2)).toMatchObject({ type: "granted", token: 1 });
    expect(ask(b, seatB, 2)).toBeUndefined();
    const refused = { type: "refused", id: 3, error: { code: "LOCK_UNAVAILABLE" } };
    expect(ask(b, seatB, 3)).toMatchObject(refused);
    a.say({ type: "release", seat: seatA, token: 1 });
    expect(b.replies.at(-1)).toMatchObject({ type: "granted", id: 2, token: 2 });
    names.full = false;
    expect(ask(a, seatA, 4)).toBeUndefined();
    expect(names.floors.get("/state/orders")).toBe(2 * BLOCK);
  });

  it("raises the tokens of a lock that is open for whoever asks, and nobody's hold is lost by it", () => {
    const [a, b] = [new Peer(1), new Peer(2)];
    const seatA = a.open("orders");
    a.ask({ type: "acquire", id: 2, seat: seatA, wait: true });
    const seatB = b.open("orders", 1, { tokensAbove: 500 });
    b.ask({ type: "acquire", id: 2, seat: seatB, wait: true });
    a.open("orders", 3, { tokensAbove: 400 }); // is raised already
    expect(a.say({ type: "release", seat: seatA, token: 1 })).toBeUndefined();
    expect(b.replies.at(-1)).toMatchObject({ type: "granted", token: 501 });
    b.say({ type: "release", seat: seatB, token: 501 });
    expect(a.ask({ type: "acquire", id: 4, seat: seatA, wait: true })).toMatchObject({
      token: 502,
    });
    expect(names.floors.get("/state/orders")).toBeGreaterThanOrEqual(502);
    names.full = true;
    const refused = { type: "refused", error: { code: "LOCK_UNAVAILABLE" } };
    expect(b.ask({ type: "open", id: 9, key: "orders", directory: "/state", tokensAbove: 9_000, waiters: 0 })).toMatchObject(refused); // prettier-ignore
    names.full = false;
    a.say({ type: "release", seat: seatA, token: 502 });
    expect(a.ask({ type: "acquire", id: 5, seat: seatA, wait: true })).toMatchObject({
      token: 503,
    });
  });

  it("has the room that the first opener of a name asks for", () => {
    const [a, b] = [new Peer(1), new Peer(2)];
    const seat = a.open("orders", 1, { waiters: 1 });
    b.open("orders", 1, { waiters: 9 });
    const acquire = (id: number) => a.ask({ type: "acquire", id, seat, wait: true });
    expect(acquire(2)?.type).toBe("granted");
    expect(acquire(3)).toBeUndefined();
    expect(acquire(4)).toMatchObject({ type: "refused", error: { code: "QUEUE_FULL" } });
  });

  it("lets the next broker of a name go on with higher tokens, and say abandoned unless the lock was free and whole", () => {
    for (const [end, abandoned] of [["free", false], ["held", true], ["dead holder", true]] as const) {
      const [a, b] = [new Peer(1), new Peer(2)];
      const name = end.replace(" ", "-");
      const seat = a.open(name);
      b.open(name);
      a.ask({ type: "acquire", id: 2, seat, wait: true });
      if (end === "free") a.say({ type: "release", seat, token: 1 });
      if (end === "dead holder") a.connection.gone();
      broker.end();
      const next = new LockBroker(randomUUID, names);
      const c = new Peer(3, next);
      expect(c.ask({ type: "acquire", id: 2, seat: c.open(name), wait: true })).toMatchObject({
        token: BLOCK + 1,
        abandoned,
      });
    }
  }); // prettier-ignore

  it("grants nothing of a name before all have ended whom the broker before may have let in", () => {
    const [a, b] = [new Peer(1), new Peer(2)];
    names.hasPredecessors = true;
    names.dirty.add("/state/orders");
    const [seatA, seatB] = [a.open("orders"), b.open("orders")]; // opening does not wait
    const acquire = (peer: Peer, id: number, seat: number, wait = true) =>
      peer.ask({ type: "acquire", id, seat, wait });
    expect(acquire(a, 2, seatA)).toBeUndefined();
    expect(acquire(a, 3, seatA, false)).toEqual({ type: "busy", id: 3 });
    expect(acquire(b, 2, seatB)).toBeUndefined();
    expect(b.ask({ type: "query", id: 4, seat: seatB })).toMatchObject({
      state: { held: true, waiters: 2, abandoned: true, holder: { id: 99 } },
    });
    a.say({ type: "cancel", id: 2 });
    names.endPredecessors!();
    expect(b.replies.at(-1)).toMatchObject({ type: "granted", id: 2, abandoned: true });
    b.say({ type: "release", seat: seatB, token: 2 });
    expect(acquire(a, 5, seatA, false)).toMatchObject({ type: "granted", token: 3 });
  });

  it("is not done with a name, whoever has closed it, while those of the broker before may be inside", () => {
    const a = new Peer(1);
    names.hasPredecessors = true;
    a.say({ type: "close", seat: a.open("orders") });
    const seat = a.open("orders", 2);
    expect(a.ask({ type: "acquire", id: 3, seat, wait: false })?.type).toBe("busy");
    broker.end();
    expect(names.dirty).toContain("/state/orders");
  });

  it("has recorded who has a name open before it answers, until it is closed, or gone and not inside any more", () => {
    const [a, b] = [new Peer(1), new Peer(2)];
    const seat = a.open("orders");
    a.ask({ type: "acquire", id: 2, seat, wait: true });
    b.open("orders");
    b.open("orders", 2);
    expect(names.inside).toEqual(["1 orders", "2 orders", "2 orders"]);
    a.say({ type: "close", seat });
    b.connection.gone();
    expect(names.inside).toEqual(["1 orders"]);
    a.say({ type: "release", seat, token: 1 });
    expect(names.inside).toEqual([]);
    names.full = true;
    const before = broker.lockCount;
    expect(
      a.ask({ type: "open", id: 7, key: "orders", directory: "/state", ...plain }),
    ).toMatchObject({
      type: "refused",
      error: { code: "LOCK_UNAVAILABLE" },
    });
    expect(broker.lockCount).toBe(before);
  });

  it("keeps the same name of two state directories apart", () => {
    const peer = new Peer(1);
    for (const [id, directory] of ["/one", "/two"].entries()) {
      const opened = peer.ask({ type: "open", id, key: "orders", directory, ...plain });
      const seat = opened?.type === "opened" ? opened.seat : -1;
      expect(peer.ask({ type: "acquire", id: id + 5, seat, wait: false })).toMatchObject({ type: "granted" }); // prettier-ignore
    }
  });

  it("makes locks that only their key leads to; one that is never opened goes with its maker", () => {
    const [a, b] = [new Peer(1), new Peer(2)];
    const made = a.ask({ type: "create", id: 1, tokensAbove: 41, waiters: 1 });
    if (made?.type !== "created") throw new Error("not created");
    const seat = b.open(made.key);
    const wait = (id: number): BrokerReply | undefined =>
      b.ask({ type: "acquire", id, seat, wait: true });
    expect(wait(2)).toMatchObject({ token: 42 });
    expect([wait(3), wait(4)]).toEqual([
      undefined,
      expect.objectContaining({ error: expect.objectContaining({ code: "QUEUE_FULL" }) }),
    ]);
    b.connection.gone();
    expect(a.ask({ type: "open", id: 5, key: made.key, directory: "", ...plain })).toMatchObject({
      type: "refused",
      error: { code: "LOCK_LOST" },
    });
    a.ask({ type: "create", id: 6, tokensAbove: 0, waiters: 0 });
    expect(broker.lockCount).toBe(1);
    a.connection.gone();
    expect(broker.lockCount).toBe(0);
  });

  it("refuses another version by name", () => {
    const peer = new Peer(1);
    expect(peer.ask({ type: "hello", id: 1, version: 3 })).toEqual({ type: "welcome", id: 1 });
    expect(peer.ask({ type: "hello", id: 2, version: 2 })).toMatchObject({
      error: { code: "LOCK_UNSUPPORTED", message: expect.stringContaining("version 3") },
    });
  });

  it.each([
    undefined, null, 7, "acquire", [], {},
    { type: "acquire" },
    { type: "acquire", id: 1, seat: "1", wait: true },
    { type: "acquire", id: -1, seat: 1, wait: true },
    { type: "acquire", id: 1.5, seat: 1, wait: true },
    { type: "acquire", id: 1, seat: 1, wait: 1 },
    { type: "acquire", id: 1, seat: 1, wait: true, holder: 1 },
    { type: "open", id: 1, key: "../../etc/passwd", directory: "/state", ...plain },
    { type: "open", id: 1, key: "", directory: "/state", ...plain },
    { type: "open", id: 1, key: "a".repeat(129), directory: "/state", ...plain },
    { type: "open", id: 1, key: "__proto__", directory: "/state", ...plain },
    { type: "open", id: 1, key: "a\n", directory: "/state", ...plain },
    { type: "open", id: 1, key: "orders", ...plain },
    { type: "open", id: 1, key: "orders", directory: "/state" },
    { type: "open", id: 1, key: "orders", directory: "/state", tokensAbove: 2 ** 53, waiters: 0 },
    { type: "open", id: 1, key: "orders", directory: "/state", tokensAbove: 0, waiters: 65_537 },
    { type: "open", id: 1, key: "orders", directory: "", ...plain },
    { type: "open", id: 1, key: "orders", directory: 7, ...plain },
    { type: "open", id: 1, key: "orders", directory: "/a\0b", ...plain },
    { type: "open", id: 1, key: "orders", directory: "/".repeat(5_000), ...plain },
    { type: "open", id: 1, key: `#${"0".repeat(36)}`, directory: "/state", ...plain },
    { type: "create", id: 1, tokensAbove: 2 ** 53, waiters: 0 },
    { type: "create", id: 1, tokensAbove: 2 ** 52 + 1, waiters: 0 },
    { type: "create", id: 1, tokensAbove: 0, waiters: 1e9 },
    { type: "release", seat: 1, token: Number.NaN },
    { type: "granted", id: 1, seat: 1, token: 1, abandoned: false },
    { type: "hello", id: 1, version: 1, filler: "x".repeat(1e6) },
    JSON.parse('{"type":"close","seat":1,"__proto__":{"seat":2}}'),
  ])("refuses the malformed message %# and changes nothing", (message) => {
    const reply = new Peer(1).say(message);
    expect(reply).toMatchObject({ type: "refused", error: { code: "PROTOCOL_VIOLATION" } });
    expect(JSON.stringify(reply).length).toBeLessThan(400);
    expect(broker.lockCount).toBe(0);
  }); // prettier-ignore

  it("never grants to two, nor out of order, whatever peers say and whenever they go", () => {
    const who = fc.nat(3);
    const step = fc.oneof(
      { weight: 6, arbitrary: fc.record({ do: fc.constant("acquire" as const), who }) },
      {
        weight: 4,
        arbitrary: fc.record({
          do: fc.constantFrom("release" as const, "forge" as const, "cancel" as const),
          who,
        }),
      },
      {
        weight: 1,
        arbitrary: fc.record({ do: fc.constantFrom("gone" as const, "noise" as const), who }),
      },
    );
    fc.assert(fc.property(fc.array(step, { maxLength: 80 }), (steps) => playAgainstModel(steps)));
  });
});

type Step = {
  readonly do: "acquire" | "release" | "forge" | "cancel" | "gone" | "noise";
  readonly who: number;
};

/** A list of who waits is the model: its head must be the one who was granted last. */
function playAgainstModel(steps: readonly Step[]): void {
  const tested = new LockBroker(randomUUID, new TestNames());
  const peers = Array.from({ length: 4 }, (_, i) => new Peer(i, tested));
  const keeper = new Peer(9, tested);
  keeper.open("orders");
  let seats = peers.map((peer) => peer.open("orders"));
  let line: { who: number; id: number }[] = [];
  let ids = 10;
  let token = 0;
  const leave = (match: (one: { who: number; id: number }) => boolean): void => {
    const head = line[0];
    line = line.filter((one) => !match(one));
    if (line[0] !== head && line[0] !== undefined) expectGranted(line[0]);
  };
  const expectGranted = ({ who, id }: { who: number; id: number }): void => {
    token++;
    expect(peers[who]!.replies.findLast((reply) => reply.type === "granted")).toMatchObject({
      id,
      token,
    });
  };
  for (const { do: what, who } of steps) {
    const [peer, seat, holds] = [peers[who]!, seats[who]!, line[0]?.who === who];
    if (what === "acquire") {
      line.push({ who, id: ++ids });
      peer.say({ type: "acquire", id: ids, seat, wait: true });
      if (line.length === 1) expectGranted(line[0]!);
    } else if (what === "release" && holds) {
      const { id } = line[0]!;
      peer.say({ type: "release", seat, token });
      leave((one) => one.id === id);
    } else if (what === "forge" && !holds) {
      expect(peer.say({ type: "release", seat, token })?.type).toBe("refused");
    } else if (what === "cancel") {
      const waiting = line.slice(1).find((one) => one.who === who);
      if (waiting === undefined) continue;
      peer.say({ type: "cancel", id: waiting.id });
      leave((one) => one === waiting);
    } else if (what === "noise") {
      peer.say({ type: "release", seat, token: token + 1 });
    } else if (what === "gone") {
      peer.connection.gone();
      leave((one) => one.who === who);
      peers[who] = new Peer(who, tested);
      seats = seats.map((known, i) => (i === who ? peers[who]!.open("orders") : known));
    }
    const grants = peers.flatMap((one) => one.replies.filter((reply) => reply.type === "granted"));
    expect(Math.max(0, ...grants.map((grant) => grant.token))).toBeLessThanOrEqual(token);
  }
}
