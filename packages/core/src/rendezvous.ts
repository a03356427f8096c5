/**
 * Meetings between the contenders of one run, kept by the session's owner: everyone who comes to a
 * meeting waits until all who still run have come. One who ends or dies is not waited for.
 */
export class Rendezvous {
  #parties: number;
  readonly #waiting = new Map<string, (() => void)[]>();

  constructor(parties: number) {
    this.#parties = parties;
  }

  /** Settles when every party has come to the meeting of this name. A name can be met at again and again. */
  come(name: string): Promise<void> {
    return new Promise((resolve) => {
      const waiting = this.#waiting.get(name) ?? [];
      waiting.push(resolve);
      this.#waiting.set(name, waiting);
      this.#letGo(name);
    });
  }

  /** One party less to wait for. */
  leave(): void {
    this.#parties--;
    for (const name of [...this.#waiting.keys()]) this.#letGo(name);
  }

  #letGo(name: string): void {
    const waiting = this.#waiting.get(name)!;
    if (waiting.length < this.#parties) return;
    this.#waiting.delete(name);
    for (const go of waiting) go();
  }
}
