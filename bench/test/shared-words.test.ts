import { fork } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { dirname } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { canMapWords } from "../src/run/mapped-words.ts";
import { COUNTER, createWords, LAST_TOKEN, wordsPlace } from "../src/run/shared-words.ts";

const WRITER = fileURLToPath(new URL("./programs/write-words.ts", import.meta.url));

describe("createWords", () => {
  test("gives threads memory, and processes of Node a mapped file where one can be mapped", () => {
    expect(wordsPlace("thread", "node")).toBe("memory");
    expect(wordsPlace("process", "node")).toBe(canMapWords() ? "mapped" : "file");
    expect(wordsPlace("process", "deno")).toBe("file");
  });

  test.each(["node", "deno"] as const)(
    "shares words with a process that opens them, and leaves no file behind (as for %s)",
    async (runtime) => {
      const { handle, words } = createWords({ unit: "process", runtime });
      if (handle.kind === "memory") throw new Error("Processes share no memory.");
      try {
        words.write(COUNTER, 41);
        const child = fork(WRITER, [JSON.stringify(handle)]);
        expect(await once(child, "exit")).toEqual([0, null]);
        expect(words.readNow(COUNTER)).toBe(42);
        expect(words.read(LAST_TOKEN)).toBe(-7);
      } finally {
        words.close();
      }
      expect(existsSync(dirname(handle.path))).toBe(false);
    },
  );
});
