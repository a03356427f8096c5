import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { GeneratedFile } from "../generate.ts";
import { fillSlot } from "../generated-slot.ts";
import { workspacePackages } from "../workspace.ts";

const document = "docs/architecture.md";

/** The table of packages in docs/architecture.md, from what each package.json says of itself. */
export function generate(root: string): readonly GeneratedFile[] {
  const path = join(root, document);
  if (!existsSync(path)) return [];
  const rows = workspacePackages(root).map(
    ({ manifest, path: folder }) => `| [${folder}](../${folder}) | ${manifest.description ?? ""} |`,
  );
  const table = ["| Package | What it is |", "| --- | --- |", ...rows].join("\n");
  return [
    { path: document, content: fillSlot(readFileSync(path, "utf8"), "packages", table, document) },
  ];
}
