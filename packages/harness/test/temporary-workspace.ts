import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { onTestFinished } from "vitest";

/** An adapter that offers nothing, as the text of its module. */
export const EMPTY_ADAPTER =
  "export const adapter = { name: 'empty', url: import.meta.url, locks: [], stores: [] };\n";

/** Writes files into a fresh temporary folder, which goes with the test that asked for it. */
export function temporaryFolder(files: Readonly<Record<string, string | object>>): string {
  const root = realpathSync(mkdtempSync(join(tmpdir(), "ticketlock-harness-")));
  onTestFinished(() => rmSync(root, { recursive: true }));
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(
      join(root, path),
      typeof content === "string" ? content : JSON.stringify(content),
    );
  }
  return root;
}

/** The files of one package that is an adapter. */
export function adapterFiles(
  folder: string,
  declaration: unknown = { adapter: "./adapter.mjs", runtime: "node" },
): Record<string, string | object> {
  const name = `@example/${folder.split("/").at(-1)}`;
  return {
    [`${folder}/package.json`]: { name, type: "module", ticketlock: declaration },
    [`${folder}/adapter.mjs`]: EMPTY_ADAPTER,
  };
}
