import { writeFileSync } from "node:fs";
import process from "node:process";
import { currentRuntime } from "@ticketlock/harness";

const LIMIT_MB = 96;

/**
 * From now until the returned function is called, processes of this runtime that are started from here have a
 * heap of at most 96 MB: a script that stands in for the runtime passes it the flag. It becomes the runtime
 * itself, so that signals reach that.
 */
export function useSmallHeap(folder: string): () => void {
  const own = process.execPath;
  const limit = `--max-old-space-size=${LIMIT_MB}`;
  const start =
    currentRuntime() === "deno"
      ? `command=$1\nshift\nexec ${quoted(own)} "$command" --v8-flags=${limit} "$@"`
      : `exec ${quoted(own)} ${limit} "$@"`;
  const script = `${folder}/small-heap`;
  writeFileSync(script, `#!/bin/sh\n${start}\n`, { mode: 0o700 });
  process.execPath = script;
  return () => {
    process.execPath = own;
  };
}

/** For a shell. */
function quoted(text: string): string {
  return `'${text.replaceAll("'", String.raw`'\''`)}'`;
}
