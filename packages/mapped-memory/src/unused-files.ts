import { join } from "node:path";
import { systemCalls } from "./platform/current-calls.ts";
import { currentPlatform } from "./platform/current-platform.ts";

/** Removes the files of such names in a directory that nobody has open: their flocks tell. Never throws. */
export function removeUnusedFiles(directory: string, names: RegExp): void {
  for (const name of namesIn(directory))
    if (names.test(name)) removeIfUnused(join(directory, name));
}

function namesIn(directory: string): readonly string[] {
  try {
    return systemCalls().readdirSync(directory);
  } catch {
    return []; // whoever makes a file there next will be told what is wrong
  }
}

function removeIfUnused(path: string): void {
  const platform = currentPlatform();
  let file: number;
  try {
    file = platform.openFile(path);
  } catch {
    return; // gone, or not ours: nothing to clean up
  }
  try {
    if (!platform.lockFile(file, "exclusive")) return;
    if (platform.statusAt(path)?.inode === platform.statusOf(file).inode) platform.unlink(path);
  } catch {
    // Somebody else has removed it.
  } finally {
    platform.closeFile(file);
  }
}
