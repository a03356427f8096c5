import type { WorkerPermissions } from "../deno-globals.ts";
import { type SessionFiles, writtenFolders } from "../session-files.ts";

/**
 * What a contender's thread needs and no more: it reads what its parent may, since which workload will
 * run is not known when it starts, and writes to the files of its store.
 */
export function leastPermissions(files: SessionFiles): WorkerPermissions {
  const written = writtenFolders(files);
  return {
    read: "inherit",
    import: "inherit",
    write: written.length > 0 && written,
    env: false,
    ffi: false,
    net: false,
    run: false,
    sys: false,
  };
}
