import { execFileSync, spawnSync } from "node:child_process";
import {
  chmodSync,
  chownSync,
  closeSync,
  ftruncateSync,
  mkdirSync,
  openSync,
  readFileSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
  writeSync,
} from "node:fs";
import { once } from "node:events";
import { fork } from "node:child_process";
import { describe, expect, test } from "vitest";
import { openMappedMutex } from "../src/index.ts";
import { MappedFile } from "../src/mapped-file.ts";
import { scratchDirectory, scratchPath, startProcess } from "./kit.ts";
import { commandOf, runtimes } from "./runtimes.ts";

/** A mutex's file that nobody has open. */
function closedLock(): string {
  const path = scratchPath();
  openMappedMutex(path).close();
  return path;
}

/** Changes one word of a file. */
function spoil(path: string, word: number, value: number): void {
  const file = openSync(path, "r+");
  writeSync(file, new Int32Array([value]), 0, 4, word * 4);
  closeSync(file);
}

const KIND_WORD = 1;
const VERSION_WORD = 2;
const ARCHITECTURE_WORD = 3;
const BOOT_WORD = 5;
const NAMESPACE_WORD = 8;
const WORDS_WORD = 10;

interface Flaw {
  readonly name: string;
  readonly make: (path: string) => void;
  readonly code: string;
  readonly says: RegExp;
}

const flaws: readonly Flaw[] = [
  {
    name: "is empty",
    make: (path) => truncateSync(path, 0),
    code: "LOCK_CORRUPT",
    says: /cut off/,
  },
  {
    name: "is cut off in its header",
    make: (path) => truncateSync(path, 50),
    code: "LOCK_CORRUPT",
    says: /cut off/,
  },
  {
    name: "is cut off behind its header",
    make: (path) => truncateSync(path, 200),
    code: "LOCK_CORRUPT",
    says: /cut off/,
  },
  {
    name: "holds something else",
    make: (path) => writeFileSync(path, "x".repeat(9_000)),
    code: "LOCK_CORRUPT",
    says: /not a file of mapped memory/,
  },
  {
    name: "is of another kind",
    make: (path) => spoil(path, KIND_WORD, 77),
    code: "LOCK_CORRUPT",
    says: /not of kind/,
  },
  {
    name: "is of another version",
    make: (path) => spoil(path, VERSION_WORD, 77),
    code: "LOCK_UNSUPPORTED",
    says: /another release/,
  },
  {
    name: "is of another architecture",
    make: (path) => spoil(path, ARCHITECTURE_WORD, 77),
    code: "LOCK_UNSUPPORTED",
    says: /architecture/,
  },
  {
    name: "is of another PID namespace",
    make: (path) => spoil(path, NAMESPACE_WORD, 77),
    code: "LOCK_UNSUPPORTED",
    says: /PID namespace/,
  },
  {
    name: "says a size that it has not",
    make: (path) => spoil(path, WORDS_WORD, 200),
    code: "LOCK_CORRUPT",
    says: /size/,
  },
  {
    name: "may be read by others",
    make: (path) => chmodSync(path, 0o640),
    code: "LOCK_CORRUPT",
    says: /other users may use it/,
  },
  {
    name: "has holes",
    make: (path) => {
      const header = readFileSync(path).subarray(0, 128);
      const file = openSync(path, "w");
      writeSync(file, header, 0, 128, 0);
      ftruncateSync(file, 8_192);
      closeSync(file);
    },
    code: "LOCK_CORRUPT",
    says: /holes/,
  },
];

describe("MappedFile", () => {
  test.for(flaws)("refuses a file that $name", ({ make, code, says }) => {
    const path = closedLock();
    make(path);
    expect(() => openMappedMutex(path)).toThrow(
      expect.objectContaining({ code, message: expect.stringMatching(says) }),
    );
  });

  test.for(runtimes)(
    "refuses a file of another version in %s, and leaves it as it is",
    (runtime) => {
      const path = closedLock();
      spoil(path, VERSION_WORD, 77);
      const before = readFileSync(path);
      const program = new URL("./programs/open-and-say.ts", import.meta.url).pathname;
      const { execPath, execArgv } = commandOf(runtime);
      const said = JSON.parse(
        String(execFileSync(execPath, [...execArgv, program, path])),
      ) as unknown;
      expect(said).toEqual(["LOCK_UNSUPPORTED", expect.stringMatching(/another release/)]);
      expect(readFileSync(path).equals(before)).toBe(true);
    },
  );

  test("refuses a link, a directory, and a place that is no tmpfs", () => {
    const path = closedLock();
    symlinkSync(path, `${path}-link`);
    mkdirSync(`${path}-directory`);
    const corrupt = expect.objectContaining({ code: "LOCK_CORRUPT" });
    expect(() => openMappedMutex(`${path}-link`)).toThrow(corrupt);
    expect(() => openMappedMutex(`${path}-directory`)).toThrow(corrupt);
    const unsupported = expect.objectContaining({ code: "LOCK_UNSUPPORTED" });
    expect(() => openMappedMutex(new URL("lock", import.meta.url).pathname)).toThrow(unsupported);
    const unavailable = expect.objectContaining({ code: "LOCK_UNAVAILABLE" });
    expect(() => openMappedMutex(`${path}/none/lock`)).toThrow(unavailable);
    expect(() => openMappedMutex(`${path}-none/lock`)).toThrow(unavailable);
  });

  test("refuses another user's file, and one that it has no right to", () => {
    const directory = scratchDirectory();
    chmodSync(directory, 0o777);
    const path = `${directory}/lock`;
    openMappedMutex(path).close();
    if (process.getuid!() === 0) {
      chownSync(path, 65_534, 65_534);
      expect(() => openMappedMutex(path)).toThrow(
        expect.objectContaining({
          code: "LOCK_CORRUPT",
          message: expect.stringMatching(/another user/),
        }),
      );
      chownSync(path, 0, 0);
    }
    const says = execFileSync(
      process.execPath,
      ["--no-warnings", new URL("./programs/open-as-nobody.ts", import.meta.url).pathname, path],
      { encoding: "utf8" },
    );
    // Who is nobody already has a right to what he has made.
    const existing = process.getuid!() === 0 ? "LOCK_UNAVAILABLE" : "opened";
    expect(JSON.parse(says)).toEqual({ existing, own: "opened" });
  });

  test("is made by exactly one of several processes at once", async () => {
    for (let round = 0; round < 5; round++) {
      const path = scratchPath();
      const children = await Promise.all([0, 1, 2, 3].map(() => startRacer(path)));
      const ended = children.map((child) => once(child, "exit"));
      const tokens = Promise.all(children.map(async (child) => (await once(child, "message"))[0]));
      for (const child of children) child.send("go");
      expect((await tokens).toSorted()).toEqual([1, 2, 3, 4]);
      await Promise.all(ended);
    }
  });

  test("gives up where somebody stands in the way of initialising it anew", () => {
    const path = scratchPath();
    const before = openMappedMutex(path);
    spoil(path, BOOT_WORD, 77);
    // It has the file open, which no process of an earlier boot could.
    expect(() => openMappedMutex(path)).toThrow(
      expect.objectContaining({ code: "LOCK_UNAVAILABLE" }),
    );
    before.close();
  });

  test("is initialised anew after another boot, with tokens above the old ones", async () => {
    const path = scratchPath();
    const holder = await startProcess(path);
    for (let i = 0; i < 3; i++) {
      await holder.ask("acquireSync");
      await holder.ask("release");
    }
    await holder.ask("acquireSync");
    await holder.kill();
    spoil(path, BOOT_WORD, 77);
    const mutex = openMappedMutex(path);
    expect(mutex.query()).toMatchObject({ held: false, abandoned: false, token: 4 });
    const guard = mutex.acquireSync();
    expect(guard).toMatchObject({ token: 5, abandoned: false });
    guard.release();
    mutex.close();
  });

  test("says that there is no room, and leaves nothing behind", () => {
    const directory = scratchDirectory();
    // A file may not grow: what a full tmpfs does, without the right to mount one.
    const script = `ulimit -f 1; trap "" XFSZ; exec "$0" --no-warnings "$1" "$2"`;
    const program = new URL("./programs/open-and-say.ts", import.meta.url).pathname;
    const { stdout } = spawnSync(
      "sh",
      ["-c", script, process.execPath, program, `${directory}/lock`],
      { encoding: "utf8" },
    );
    expect(JSON.parse(stdout)[0]).toBe("LOCK_UNAVAILABLE");
    expect(() => openMappedMutex(`${directory}/lock`).close()).not.toThrow();
  });

  test("detaches its words before it unmaps them", () => {
    const file = MappedFile.open(scratchPath(), {
      kind: { name: "test", number: 98, version: 1 },
      create: { words: 64, initialise() {} },
      renew() {},
    });
    const { words } = file;
    file.retain();
    file.close();
    expect(words).toHaveLength(64);
    file.close();
    expect(words).toHaveLength(0);
    expect(() => Atomics.load(words, 40)).toThrow(TypeError);
  });
});

async function startRacer(path: string) {
  const child = fork(new URL("./programs/racer.ts", import.meta.url), [path], {
    execArgv: ["--no-warnings"],
  });
  await once(child, "message");
  return child;
}
