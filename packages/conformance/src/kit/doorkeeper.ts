import { equal, expect, show } from "./expect.ts";

/** Keeps the door of the critical section at the owner's: counts who is inside, and notes the tokens in order of entry. */
export class Doorkeeper {
  readonly tokens: number[] = [];
  /** Contenders in the order in which they came in. */
  readonly entries: number[] = [];
  readonly #inside = new Set<number>();
  readonly #excused = new Set<number>();
  readonly #overlaps: string[] = [];

  /** Answers the requests of the workloads that enter and leave. */
  readonly onRequest = (topic: string, body: unknown, index: number): void => {
    if (topic === "leave") {
      this.#inside.delete(index);
      return;
    }
    const others = [...this.#inside].filter((one) => !this.#excused.has(one));
    this.#inside.add(index);
    // What the dying have said may come late, after what their successors say.
    if (this.#excused.has(index)) return;
    if (others.length > 0)
      this.#overlaps.push(`${index} entered while ${others.join(" and ")} was inside`);
    this.entries.push(index);
    this.tokens.push(Number(body));
  };

  /** Says that somebody is about to be killed: from now on nobody meets it inside. */
  excuse(index: number): void {
    this.#excused.add(index);
  }

  /** True if it came in and has not said that it goes out. */
  isInside(index: number): boolean {
    return this.#inside.has(index);
  }

  /** Fails the case if two were ever inside together. */
  assertExclusive(): void {
    equal(
      this.#overlaps.slice(0, 3),
      [],
      `at most one contender is inside the critical section (${this.#overlaps.length} overlaps)`,
    );
  }

  /** Fails the case unless each entry's token is greater than all before it. */
  assertTokensRise(): void {
    const at = this.tokens.findIndex((token, i) => i > 0 && !(token > this.tokens[i - 1]!));
    const around = this.tokens.slice(Math.max(0, at - 2), at + 2);
    expect(at < 0, `tokens rise strictly in the order of grants, but they went ${show(around)}`);
  }

  /** Fails the case unless everybody came in as often as asked. */
  assertEntries(count: number): void {
    equal(this.entries.length, count, "every acquisition is granted exactly once");
  }
}
