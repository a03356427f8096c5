import type { Handle, LockGuarantees, LockState } from "@ticketlock/core";
import { describe, expect, test } from "vitest";
import { type Hold, TriedMutex } from "../src/index.ts";

const guarantees: LockGuarantees = {
  scope: "processes",
  exclusive: true,
  fifo: false,
  blocking: false,
  tokens: "memory",
  ownerDeath: "immediate",
};

/** What several openings share in place of a file. */
class Place {
  owner: Opening | undefined;
  token = 0;
  readonly openings = new Set<Opening>();
}

/** An opening of a lock in a place, which counts what is asked of it. */
class Opening extends TriedMutex {
  readonly handle: Handle = { module: "test", kind: "tried", version: 1, data: null };
  readonly guarantees = guarantees;
  readonly #place: Place;
  readonly #longestMs: number;
  waiters = 0;
  listens = false;
  hasLeft = false;
  wakeUps = 0;
  ended: number[] = [];
  /** What the next take in this opening's own turn does. */
  nextAgain: "busy" | Error | undefined;
  lostReason: Error | undefined;

  constructor(place: Place, { maxWaiters = 0, longestMs = 5 } = {}) {
    super({ maxWaiters });
    this.#place = place;
    this.#longestMs = longestMs;
    place.openings.add(this);
  }
  query(): LockState {
    const { owner, token } = this.#place;
    return { held: owner !== undefined, token, waiters: this.waiting(), abandoned: false };
  }
  protected override tryTake(): Hold | undefined {
    if (this.#place.owner !== undefined) return undefined;
    this.#place.owner = this;
    return this.#record();
  }
  protected override takeAgain(): Hold | undefined {
    const next = this.nextAgain;
    this.nextAgain = undefined;
    if (next instanceof Error) throw next;
    return next === "busy" ? undefined : this.#record();
  }
  #record(): Hold {
    return { token: ++this.#place.token, abandoned: false };
  }
  protected override recordEnd(token: number): void {
    this.ended.push(token);
  }
  protected override recordConsistent(): void {}
  protected override checkKept(): void {
    if (this.lostReason !== undefined) throw this.lostReason;
  }
  protected override letGo(): void {
    expect(this.#place.owner, "only the owner lets go").toBe(this);
    this.#place.owner = undefined;
  }
  protected override wakeOthers(): void {
    for (const other of this.#place.openings) if (other !== this && other.listens) other.wake();
    this.wakeUps++;
  }
  wake(): void {
    this.woken();
  }
  protected override othersWait(): boolean {
    return [...this.#place.openings].some((other) => other !== this && other.waiters > 0);
  }
  protected override countWaiters(count: number): void {
    this.waiters = count;
  }
  protected override waiting(): number {
    return [...this.#place.openings].reduce((sum, { waiters }) => sum + waiters, 0);
  }
  protected override listen(): number {
    this.listens = true;
    return this.#longestMs;
  }
  protected override stopListening(): void {
    this.listens = false;
  }
  protected override leave(): void {
    this.hasLeft = true;
  }
}

describe("within one opening", () => {
  test("acquisitions are granted in their order, and the lock is not let go between them", async () => {
    const place = new Place();
    const mutex = new Opening(place);
    const order: number[] = [];
    const first = await mutex.acquire();
    const others = [1, 2, 3].map(async (i) => {
      const guard = await mutex.acquire();
      order.push(i);
      expect(place.owner).toBe(mutex);
      guard.release();
    });
    expect(mutex.waiters).toBe(3);
    first.release();
    await Promise.all(others);
    expect(order).toEqual([1, 2, 3]);
    expect(mutex.ended).toEqual([1, 2, 3, 4]);
    await expect.poll(() => place.owner).toBeUndefined();
    expect(mutex.waiters).toBe(0);
  });

  test("a next one that cannot be recorded just now keeps its place", async () => {
    const mutex = new Opening(new Place());
    const order: string[] = [];
    const first = await mutex.acquire();
    const waiting = ["a", "b"].map(async (name) => {
      const guard = await mutex.acquire();
      order.push(name);
      guard.release();
    });
    mutex.nextAgain = "busy";
    first.release();
    await Promise.all(waiting);
    expect(order).toEqual(["a", "b"]);
  });

  test("an error of the next one is its own, and those behind it are granted", async () => {
    const mutex = new Opening(new Place());
    const first = await mutex.acquire();
    const failing = mutex.acquire();
    const behind = mutex.acquire();
    mutex.nextAgain = new Error("disk full");
    first.release();
    await expect(failing).rejects.toThrow("disk full");
    (await behind).release();
  });

  test("a release tells that the lock was lost, and lets it go all the same", async () => {
    const place = new Place();
    const mutex = new Opening(place);
    const guard = await mutex.acquire();
    mutex.lostReason = new Error("replaced");
    expect(() => guard.release()).toThrow("replaced");
    expect(place.owner).toBeUndefined();
    guard.release(); // a second one does nothing
  });
});

describe("between openings", () => {
  test("a release wakes who waits elsewhere, and that one is granted", async () => {
    const place = new Place();
    const [mine, other] = [new Opening(place), new Opening(place, { longestMs: 2 ** 30 })];
    const guard = await mine.acquire();
    const waiting = other.acquire();
    await expect.poll(() => other.listens).toBe(true);
    guard.release();
    (await waiting).release();
    expect(mine.wakeUps).toBe(1);
    expect(other.listens).toBe(false);
  });

  test("one that is never told finds out by itself", async () => {
    const place = new Place();
    const other = new Opening(place);
    const stranger = new Opening(place);
    place.owner = stranger; // a process that dies: nobody rings
    const waiting = other.acquire();
    place.owner = undefined;
    (await waiting).release();
  });

  test("who has had the lock for a turn while others wait gives way, though more wait here", async () => {
    const place = new Place();
    const [mine, other] = [new Opening(place), new Opening(place)];
    const owners: Opening[] = [];
    const stop = new AbortController();
    const worker = async (mutex: Opening): Promise<void> => {
      while (!stop.signal.aborted) {
        const guard = await mutex.acquire();
        if (owners.at(-1) !== mutex) owners.push(mutex);
        guard.release();
      }
    };
    const workers = [mine, mine, other, other].map(worker);
    await expect.poll(() => owners.length, { timeout: 30_000 }).toBeGreaterThan(4);
    stop.abort();
    await Promise.all(workers);
  });

  test("a limit counts the waiters of all openings", async () => {
    const place = new Place();
    const [mine, other] = [new Opening(place), new Opening(place, { maxWaiters: 1 })];
    const guard = await mine.acquire();
    const waiting = mine.acquire();
    await expect(other.acquire()).rejects.toMatchObject({ code: "QUEUE_FULL" });
    guard.release();
    (await waiting).release();
  });
});

describe("closing", () => {
  test("refuses who waits, and leaves when the last guard is released", async () => {
    const mutex = new Opening(new Place());
    const guard = await mutex.acquire();
    const waiting = mutex.acquire();
    mutex.close();
    await expect(waiting).rejects.toMatchObject({ code: "LOCK_CLOSED" });
    expect(mutex.hasLeft).toBe(false);
    guard.release();
    expect(mutex.hasLeft).toBe(true);
    await expect(mutex.acquire()).rejects.toMatchObject({ code: "LOCK_CLOSED" });
  });
});
