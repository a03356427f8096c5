import { readFileSync } from "node:fs";
import { join } from "node:path";
import { sellingModes } from "../../packages/core/src/index.ts";
import type { GeneratedFile } from "../generate.ts";
import { fillSlot } from "../generated-slot.ts";
import { markdownTable } from "../markdown-table.ts";

const document = "docs/stores.md";

/** The ways of selling in docs/stores.md, from the traits that drive stories, bench and reports. */
export function generate(root: string): readonly GeneratedFile[] {
  const rows = Object.entries(sellingModes).map(([mode, traits]) => [
    `\`${mode}\``,
    traits.summary,
    traits.lock,
    traits.start,
    Object.keys(traits.needs).join(", ") || "nothing",
    traits.exact ? "yes" : "no, it shows the race",
  ]);
  const head = ["Mode", "How", "Lock", "Contenders start", "Store must be", "No ticket sold twice"];
  const content = readFileSync(join(root, document), "utf8");
  return [
    {
      path: document,
      content: fillSlot(content, "selling modes", markdownTable(head, rows), document),
    },
  ];
}
