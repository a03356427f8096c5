import { readFileSync } from "node:fs";
import { join } from "node:path";
import { scenarios } from "../../packages/scenarios/src/index.ts";
import type { GeneratedFile } from "../generate.ts";
import { fillSlot } from "../generated-slot.ts";
import { markdownTable } from "../markdown-table.ts";

const document = "README.md";

/** The README's list of stories, from the table that `pnpm scenario` prints. */
export function generate(root: string): readonly GeneratedFile[] {
  const rows = Object.entries(scenarios).map(([name, { summary, contenders, role }]) => [
    `\`${name}\``,
    summary,
    `${contenders} ${role}s`,
  ]);
  const table = markdownTable(["Scenario", "What happens", "Played by"], rows);
  const readme = readFileSync(join(root, document), "utf8");
  return [{ path: document, content: fillSlot(readme, "scenarios", table, document) }];
}
