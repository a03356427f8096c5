import { expect } from "./expect.ts";

/** What contenders did that were ended before: seen from the owner, who is told of every entrance. */
export class Zombies {
  readonly #ended = new Set<number>();
  readonly #inside = new Set<number>();
  readonly #faults: string[] = [];

  readonly onRequest = (topic: string, _body: unknown, index: number): unknown => {
    if (topic === "inside") {
      if (this.#ended.has(index)) this.#faults.push(`contender ${index} came in after its end`);
      const others = [...this.#inside].filter((other) => !this.#ended.has(other));
      if (others.length > 0)
        this.#faults.push(`contender ${index} came in beside ${others.join()}`);
      this.#inside.add(index);
    }
    if (topic === "outside") this.#inside.delete(index);
    return null;
  };

  /** The contender's end has been told. */
  ended(index: number): void {
    this.#ended.add(index);
  }

  assertHarmless(): void {
    expect(
      this.#faults.length === 0,
      `nobody is granted after its end or beside a holder: ${this.#faults.join("; ")}`,
    );
  }
}
