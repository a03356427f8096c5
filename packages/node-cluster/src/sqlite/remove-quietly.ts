import { rmSync } from "node:fs";

/** Removes a file or a directory with all in it; what cannot be removed stays. */
export function removeQuietly(path: string): void {
  try {
    rmSync(path, { recursive: true, force: true });
  } catch {
    // Somebody else's by now, or it was never whole.
  }
}
