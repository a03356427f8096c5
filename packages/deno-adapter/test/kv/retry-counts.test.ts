import { expect, it } from "vitest";
import { RetryCounts } from "../../src/kv/retry-counts.ts";

it("RetryCounts tells how many commits there were, how many retries, and the tail", () => {
  const counts = new RetryCounts();
  expect(counts.summary()).toEqual({ commits: 0, retries: 0, p50: 0, p99: 0, most: 0 });
  for (let i = 0; i < 98; i++) counts.add(0);
  counts.add(3);
  counts.add(5_000);
  expect(counts.summary()).toEqual({ commits: 100, retries: 5_003, p50: 0, p99: 3, most: 1_023 });
});
