/** Commits that took so many retries or more are counted together. */
const MOST_COUNTED = 1_023;

/** What optimism has cost: how often a commit had to be tried again because somebody else came first. */
export interface RetrySummary {
  readonly commits: number;
  /** Of all commits together. */
  readonly retries: number;
  /** At most so many for half of the commits, for 99 of 100, for all. */
  readonly p50: number;
  readonly p99: number;
  readonly most: number;
}

/** Counts, for each commit, how often it was tried again. Counts to 1 023; more retries of one commit count as that many. */
export class RetryCounts {
  readonly #commitsByRetries = new Uint32Array(MOST_COUNTED + 1);
  #retries = 0;

  add(retries: number): void {
    const place = Math.min(retries, MOST_COUNTED);
    this.#commitsByRetries[place] = this.#commitsByRetries[place]! + 1;
    this.#retries += retries;
  }

  summary(): RetrySummary {
    const commits = this.#commitsByRetries.reduce((sum, count) => sum + count, 0);
    return {
      commits,
      retries: this.#retries,
      p50: this.#rank(commits * 0.5),
      p99: this.#rank(commits * 0.99),
      most: this.#rank(commits),
    };
  }

  /** The least number of retries that `rank` commits have not exceeded. */
  #rank(rank: number): number {
    let seen = 0;
    for (const [retries, commits] of this.#commitsByRetries.entries()) {
      seen += commits;
      if (seen >= rank) return retries;
    }
    return 0;
  }
}
