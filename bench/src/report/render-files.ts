import { renderMarkdown } from "./markdown.ts";
import type { Report } from "./report.ts";
import { reportSchema } from "./schema.ts";

/** The files of a report, by their names in its folder. */
export function renderFiles(
  report: Report,
): readonly { readonly name: string; readonly content: string }[] {
  const checked = reportSchema.parse(report);
  return [
    { name: "report.json", content: `${JSON.stringify(checked, null, 1)}\n` },
    { name: "report.md", content: renderMarkdown(checked) },
  ];
}
