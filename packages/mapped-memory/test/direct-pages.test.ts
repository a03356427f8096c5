import { expect, test } from "vitest";
import { MappedFile } from "../src/mapped-file.ts";
import { mapDirectly } from "../src/direct-pages.ts";
import { openMappedMutex } from "../src/index.ts";
import { initialiseMutex, mutexKind, mutexWords, renewMutex } from "../src/mutex-layout.ts";
import { currentPlatform } from "../src/platform/current-platform.ts";
import { MAX_ENTRIES } from "../src/robust-list.ts";
import { scratchPath } from "./kit.ts";

function openFile(): MappedFile {
  return MappedFile.open(scratchPath(), {
    kind: mutexKind,
    renew: renewMutex,
    create: { words: mutexWords(1), initialise: (words) => initialiseMutex(words, 1, 0) },
  });
}

test("a file's first page is the same memory at both addresses", () => {
  const file = openFile();
  const at = 40;
  const word = file.fastWord(at);
  file.words[at] = 5;
  expect(word.compareExchange(5, 6)).toBe(5);
  expect(file.words[at]).toBe(6);
  expect(Atomics.compareExchange(file.words, at, 6, 7)).toBe(6);
  expect(word.compareExchange(6, 8)).toBe(7);
  file.close();
});

test("a place that was given back shows nothing of the file, and is used again", () => {
  const platform = currentPlatform();
  const file = openFile();
  const number = platform.openFile(file.path);
  const first = mapDirectly(platform, number)!;
  file.words[50] = 77;
  expect(first.compareExchange(first.offset + 200, 77, 78)).toBe(77);
  first.release();
  expect(first.compareExchange(first.offset + 200, 78, 79)).toBe(0);
  expect(file.words[50]).toBe(78);
  for (let i = 0; i < 2 * MAX_ENTRIES; i++) mapDirectly(platform, number)!.release();
  const places = Array.from({ length: MAX_ENTRIES }, () => mapDirectly(platform, number)!);
  expect(new Set(places.map(({ offset }) => offset)).size).toBe(MAX_ENTRIES);
  expect(mapDirectly(platform, number)).toBeUndefined();
  for (const place of places) place.release();
  platform.closeFile(number);
  file.close();
});

test("a mapping that the system refuses takes no place", () => {
  const platform = currentPlatform();
  const noFile = 2 ** 20;
  for (let i = 0; i <= MAX_ENTRIES; i++) expect(mapDirectly(platform, noFile)).toBeUndefined();
  const file = openFile();
  expect(file.hotWords()).not.toBe(file.words);
  file.close();
});

test("a mutex works where no place is left", () => {
  const platform = currentPlatform();
  const file = openFile();
  const number = platform.openFile(file.path);
  const places = Array.from({ length: MAX_ENTRIES }, () => mapDirectly(platform, number)!);
  const mutex = openMappedMutex(scratchPath());
  const guard = mutex.acquireSync();
  expect(mutex.tryAcquireSync()).toBeUndefined();
  guard.release();
  expect(mutex.query()).toMatchObject({ held: false, token: 1 });
  mutex.close();
  for (const place of places) place.release();
  platform.closeFile(number);
  file.close();
});
