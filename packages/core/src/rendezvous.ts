import { TicketlockError } from "./errors.ts";

/** One meeting that is still to take place. */
interface Meeting {
  readonly here: Set<number>;
  readonly held: Promise<void>;
  readonly hold: () => void;
}

/**
 * Meetings between the parties of one run, kept by the session's owner: everyone who comes to a
 * meeting waits until all who run have come. One who ends or dies is neither waited for nor counted.
 */
export class Rendezvous {
  readonly #parties = new Set<number>();
  readonly #meetings = new Map<string, Meeting>();

  /** From now on meetings wait for this party. */
  join(party: number): void {
    this.#parties.add(party);
  }

  /**
   * Settles when every party has come to the meeting of this name. A name can be met at again and
   * again. Who comes twice to one meeting is there once.
   * @throws {TicketlockError} `PROTOCOL_VIOLATION` for who has not joined.
   */
  async come(party: number, name: string): Promise<void> {
    if (!this.#parties.has(party)) {
      throw new TicketlockError(
        "PROTOCOL_VIOLATION",
        `Cannot meet at ${name}: contender ${party} does not run.`,
      );
    }
    const meeting = this.#meetings.get(name) ?? newMeeting();
    this.#meetings.set(name, meeting);
    meeting.here.add(party);
    this.#letGo(name, meeting);
    return meeting.held;
  }

  /** One party less to wait for; what it was waiting for takes place without it. */
  leave(party: number): void {
    if (!this.#parties.delete(party)) return;
    for (const [name, meeting] of [...this.#meetings]) {
      // Or it would stand in for one who has yet to come.
      meeting.here.delete(party);
      this.#letGo(name, meeting);
    }
  }

  #letGo(name: string, { here, hold }: Meeting): void {
    if (here.size < this.#parties.size) return;
    this.#meetings.delete(name);
    hold();
  }
}

function newMeeting(): Meeting {
  let hold!: () => void;
  const held = new Promise<void>((resolve) => (hold = resolve));
  return { here: new Set(), held, hold };
}
