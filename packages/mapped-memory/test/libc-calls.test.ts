import * as fs from "node:fs";
import { describe, expect, test } from "vitest";
import { LibcCalls } from "../src/platform/libc-calls.ts";
import { nodeCalls } from "../src/platform/node-calls.ts";
import { nodeFfi } from "../src/platform/node-platform.ts";
import type { FileStats, SystemCalls } from "../src/platform/system-calls.ts";
import { scratchDirectory } from "./kit.ts";

const asked: string[] = [];
const libc: SystemCalls = new LibcCalls(nodeFfi(), (access, path) => void asked.push(`${access} ${path}`)); // prettier-ignore
const all: readonly { name: string; calls: SystemCalls }[] = [
  { name: "the C library", calls: libc },
  { name: "node:fs", calls: nodeCalls },
];

function plain(stats: FileStats | undefined): object | undefined {
  if (stats === undefined) return undefined;
  const { ino, nlink, uid, mode, size, blocks } = stats;
  const kinds = [stats.isFile(), stats.isDirectory(), stats.isSymbolicLink()];
  return { ino, nlink, uid, mode, size, blocks, kinds };
}

function codeOf(call: () => unknown): string {
  try {
    call();
    return "no error";
  } catch (error) {
    return (error as { code?: string }).code ?? String(error);
  }
}

describe.for(all)("The calls of $name", ({ calls }) => {
  const { O_CREAT, O_EXCL, O_NOFOLLOW, O_RDONLY, O_RDWR } = fs.constants;

  test("write and read files of any size, at any place", () => {
    const path = `${scratchDirectory()}/file`;
    const file = calls.openSync(path, O_RDWR | O_CREAT | O_EXCL, 0o600);
    const bytes = Uint8Array.from({ length: 200_000 }, (_, i) => i % 251);
    for (let at = 0; at < bytes.length;)
      at += calls.writeSync(file, bytes, at, bytes.length - at, 5 + at);
    const found = new Uint8Array(bytes.length);
    for (let at = 0; at < found.length;)
      at += calls.readSync(file, found, at, found.length - at, 5 + at);
    expect(Buffer.compare(found, bytes)).toBe(0);
    expect(calls.readSync(file, found, 0, 1, 200_005)).toBe(0);
    calls.fsyncSync(file);
    calls.fchmodSync(file, 0o640);
    expect(plain(calls.fstatSync(file))).toEqual(plain(fs.fstatSync(file)));
    expect(calls.fstatSync(file)).toMatchObject({ size: 200_005, mode: 0o100640 });
    calls.closeSync(file);
    expect(codeOf(() => calls.closeSync(file))).toBe("EBADF");
  });

  test("make, name, list and remove", () => {
    const directory = `${scratchDirectory()}/made`;
    calls.mkdirSync(directory, { mode: 0o700 });
    expect(codeOf(() => calls.mkdirSync(directory, { mode: 0o700 }))).toBe("EEXIST");
    const names = Array.from({ length: 3_000 }, (_, i) => `a name of some length, number ${i}`);
    for (const name of names) fs.writeFileSync(`${directory}/${name}`, "");
    expect(calls.readdirSync(directory).toSorted()).toEqual(names.toSorted());
    const [one, other, third] = names.map((name) => `${directory}/${name}`);
    calls.unlinkSync(other!);
    calls.linkSync(one!, other!);
    expect(calls.inodeAt(other!)).toBe(fs.lstatSync(one!, { bigint: true }).ino);
    expect(codeOf(() => calls.linkSync(one!, third!))).toBe("EEXIST");
    calls.renameSync(one!, third!);
    expect(calls.inodeAt(one!)).toBeUndefined();
    calls.chmodSync(directory, 0o500);
    expect(plain(calls.statSync(directory))).toEqual(plain(fs.statSync(directory)));
    calls.chmodSync(directory, 0o700);
  });

  test("tell a link from what it leads to", () => {
    const directory = scratchDirectory();
    const link = `${directory}/ä link`;
    fs.symlinkSync(directory, link);
    const missing = { throwIfNoEntry: false } as const;
    expect(plain(calls.lstatSync(link, missing))).toEqual(plain(fs.lstatSync(link)));
    expect(plain(calls.statSync(link))).toEqual(plain(fs.statSync(directory)));
    expect(calls.readlinkSync(link)).toBe(directory);
    expect(calls.realpathSync(link)).toBe(directory);
    expect(codeOf(() => calls.openSync(link, O_RDONLY | O_NOFOLLOW))).toBe("ELOOP");
  });

  test("say by the system's code what is wrong", () => {
    const nothing = `${scratchDirectory()}/nothing`;
    const missing = { throwIfNoEntry: false } as const;
    expect(calls.lstatSync(nothing, missing)).toBeUndefined();
    const failing = [
      () => calls.openSync(nothing, O_RDONLY),
      () => calls.statSync(nothing),
      () => calls.unlinkSync(nothing),
      () => calls.readdirSync(nothing),
      () => calls.realpathSync(nothing),
      () => calls.renameSync(nothing, `${nothing}-2`),
    ];
    for (const call of failing) expect(codeOf(call)).toBe("ENOENT");
    expect(codeOf(() => calls.openSync(`/${"x".repeat(5_000)}`, O_RDONLY))).toBe("ENAMETOOLONG");
    expect(codeOf(() => calls.kill(2 ** 30, 0))).toBe("ESRCH");
    expect(codeOf(() => calls.kill(process.pid, 0))).toBe("no error");
    expect(calls.getuid()).toBe(process.getuid!());
  });
});

test("The C library's calls ask whether they may, before they do it", () => {
  const [a, b] = [`${scratchDirectory()}/a`, `${scratchDirectory()}/b`];
  const { O_CREAT, O_RDONLY, O_RDWR, O_WRONLY } = fs.constants;
  const acts: readonly (readonly [act: () => unknown, asks: readonly string[]])[] = [
    [() => libc.openSync(a, O_WRONLY | O_CREAT, 0o600), [`write ${a}`]],
    [() => libc.openSync(a, O_RDWR), [`read ${a}`, `write ${a}`]],
    [() => libc.openSync(a, O_RDONLY), [`read ${a}`]],
    [() => libc.lstatSync(a, { throwIfNoEntry: false }), [`read ${a}`]],
    [() => libc.inodeAt(a), [`read ${a}`]],
    [() => libc.linkSync(a, b), [`read ${a}`, `write ${a}`, `write ${b}`]],
    [() => libc.unlinkSync(b), [`write ${b}`]],
    [() => libc.renameSync(a, b), [`read ${a}`, `write ${a}`, `write ${b}`]],
    [() => libc.chmodSync(b, 0o600), [`write ${b}`]],
    [() => libc.mkdirSync(a, { mode: 0o700 }), [`write ${a}`]],
    [() => libc.readdirSync(a), [`read ${a}`]],
    [() => libc.readlinkSync("/proc/self/ns/pid"), ["read /proc/self/ns/pid"]],
  ];
  for (const [act, asks] of acts) {
    asked.length = 0;
    act();
    expect(asked).toEqual(asks);
  }
});
