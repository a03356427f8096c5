import {
  type MakeWord,
  OWNER_DIED,
  type RobustPort,
  RobustWord,
  WAITERS,
} from "@ticketlock/mapped-memory/building-blocks";

/** Which of the word's calls tell the kernel that a wake-up is under way. */
interface Announcements {
  readonly acquire: boolean;
  readonly release: boolean;
}

/** A word that leaves out one of the precautions against deaths. */
class CarelessWord extends RobustWord {
  readonly #told: { releasing: boolean };

  constructor(
    words: Int32Array,
    at: number,
    me: number,
    port: RobustPort,
    announces: Announcements,
  ) {
    const told = { releasing: false };
    const setPending = (pending: boolean): void => {
      if (told.releasing ? announces.release : announces.acquire) port.setPending(pending);
    };
    super(words, at, me, { ...port, setPending });
    this.#told = told;
  }

  override release(): boolean {
    this.#told.releasing = true;
    const released = super.release();
    this.#told.releasing = false;
    return released;
  }
}

/** A word whose taker forgets, after a death, that others wait as well: the kernel's mark goes. */
class ForgetfulWord extends RobustWord {
  readonly #words: Int32Array;
  readonly #at: number;

  constructor(words: Int32Array, at: number, me: number, port: RobustPort) {
    super(words, at, me, port);
    this.#words = words;
    this.#at = at;
  }

  override tryTake(add?: number): boolean {
    return super.tryTake(add) && this.#forget();
  }

  override takeOrSleep(hasSlept: boolean, sleepMs: number): ReturnType<RobustWord["takeOrSleep"]> {
    const look = super.takeOrSleep(hasSlept, sleepMs);
    if (look === "taken") this.#forget();
    return look;
  }

  #forget(): true {
    if ((this.load() & OWNER_DIED) !== 0) Atomics.and(this.#words, this.#at, ~WAITERS);
    return true;
  }
}

const careless =
  (announces: Announcements): MakeWord =>
  (words, at, me, port) =>
    new CarelessWord(words, at, me, port, announces);

/** Mapped locks with one thing wrong each, by kind; whose waiters do not look around meanwhile. */
export const mappedDefects: Readonly<Record<string, MakeWord>> = {
  // Nothing is wrong with it: what the others are rejected for is not that they sleep for long.
  "sleeps-long": careless({ acquire: true, release: true }),
  "drops-waiters-on-take-over": (words, at, me, port) => new ForgetfulWord(words, at, me, port),
  // Whoever dies between freeing the word and waking the next one has woken nobody.
  "release-dies-with-wake-up": careless({ acquire: true, release: false }),
  // Whoever dies after it was woken, and before it takes the word, takes the wake-up with it.
  "waiter-dies-with-wake-up": careless({ acquire: false, release: true }),
};
