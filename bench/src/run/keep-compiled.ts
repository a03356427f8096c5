import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";

/**
 * From now until the returned function is called, processes of Node that this one starts find their
 * modules compiled by those before them, which makes a start two or three times as fast. For work that
 * starts many, and measures none of their speed or only when they are warm: what is kept is stripped
 * source and bytecode, and no optimized code.
 */
export function keepCompiled(): () => void {
  const before = process.env["NODE_COMPILE_CACHE"];
  const folder = mkdtempSync(join(tmpdir(), "ticketlock-compiled-"));
  process.env["NODE_COMPILE_CACHE"] = folder;
  return () => {
    if (before === undefined) delete process.env["NODE_COMPILE_CACHE"];
    else process.env["NODE_COMPILE_CACHE"] = before;
    rmSync(folder, { recursive: true, force: true });
  };
}
