import os from "node:os";
import { join } from "node:path";
import { afterEach, describe, expect, test, vi } from "vitest";
import { publicText } from "../src/report/public-text.ts";

const root = "/home/alice/work/ticketlock";

afterEach(() => void vi.restoreAllMocks());

describe("publicText", () => {
  test.each([
    [
      `Cannot load file://${root}/bench/src/jobs/block.ts: gone`,
      "Cannot load bench/src/jobs/block.ts: gone",
    ],
    [`at ${root}`, "at ."],
    [`at ${root}-old/file.ts`, "at <home>/work/ticketlock-old/file.ts"],
    ["--out=/home/alice/reports", "--out=<home>/reports"],
    ["/Users/bob", "<home>"],
    ["/data/alice", "<dir>"],
    ["file:///data/alice/x.ts:12:3", "<dir>/x.ts:12:3"],
    ["no /proc/self/stat, no /dev/shm/lock", "no /proc/self/stat, no /dev/shm/lock"],
    [
      "node/worker-threads/futex/memory/counter/x2/0us",
      "node/worker-threads/futex/memory/counter/x2/0us",
    ],
    ["see https://example.org/a/b and ./src/x.ts", "see https://example.org/a/b and ./src/x.ts"],
    ["1/2 of /tmp-of-mine/a/b.json", "1/2 of <dir>/b.json"],
    ["two\nlines \u001b[2J", "two\nlines \ufffd[2J"],
  ])("%j", (text, shown) => {
    expect(publicText(text, root)).toBe(shown);
  });

  test("names neither this user's home nor the folder of temporary files", () => {
    vi.spyOn(os, "homedir").mockReturnValue("/srv/people/carol");
    vi.spyOn(os, "tmpdir").mockReturnValue("/var/folders/x1");
    expect(publicText("/srv/people/carol/a.json", root)).toBe("<home>/a.json");
    expect(publicText(join(os.tmpdir(), "lock-5", "word"), root)).toBe("<tmp>/lock-5/word");
  });
});
