import { type Deno, isGranted } from "./deno-types.ts";

/** Directories that this thread made and that nothing has taken over yet. */
const unclaimed = new Set<string>();
let sweeps = false;

/** Where temporary directories are made: what TMPDIR says, if the program may know. */
export function temporaryRoot(deno: Deno): string {
  if (isGranted(deno, { name: "env", variable: "TMPDIR" })) {
    const said = deno.env.get("TMPDIR");
    if (said !== undefined && said.startsWith("/")) return said.replace(/\/+$/, "") || "/";
  }
  return "/tmp";
}

/** Makes a directory that only this user can enter. Goes with the program unless `claimTemporaryDirectory` takes it over. */
export function makeTemporaryDirectory(deno: Deno, prefix: string): string {
  const directory = deno.makeTempDirSync({ dir: temporaryRoot(deno), prefix }); // mode 0700
  unclaimed.add(directory);
  if (!sweeps) process.on("exit", () => removeUnclaimed(deno));
  sweeps = true;
  return directory;
}

/** True once, and in the thread that made it: the caller answers for the directory from now on. */
export function claimTemporaryDirectory(directory: string): boolean {
  return unclaimed.delete(directory);
}

/** Removes what may be gone already. */
export function removeQuietly(deno: Deno, path: string): void {
  try {
    deno.removeSync(path, { recursive: true });
  } catch {
    // Gone, or not to be had: nobody reads it.
  }
}

function removeUnclaimed(deno: Deno): void {
  for (const directory of unclaimed) removeQuietly(deno, directory);
}
