import { readFileSync } from "node:fs";
import { join } from "node:path";
import { errorCodes } from "../../packages/core/src/index.ts";
import type { GeneratedFile } from "../generate.ts";
import { fillSlot } from "../generated-slot.ts";

const reference = "docs/errors.md";
const readme = "README.md";

/** Every error code with a heading of its own in docs/errors.md, and the README's links to them. */
export function generate(root: string): readonly GeneratedFile[] {
  const codes = Object.entries(errorCodes);
  const sections = codes.map(([code, meaning]) => `## ${code}\n\n${meaning}`).join("\n\n");
  const links = codes
    .map(([code]) => `[\`${code}\`](${reference}#${code.toLowerCase()})`)
    .join(", ");
  const fill = (document: string, text: string): GeneratedFile => ({
    path: document,
    content: fillSlot(readFileSync(join(root, document), "utf8"), "error codes", text, document),
  });
  return [fill(reference, sections), fill(readme, links)];
}
