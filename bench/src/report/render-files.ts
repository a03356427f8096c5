import { renderHtml } from "./html/render-html.ts";
import { renderMarkdown } from "./markdown.ts";
import { svgFile } from "./pictures/picture.ts";
import { reportPictures } from "./pictures/report-pictures.ts";
import type { Report } from "./report.ts";
import { reportSchema } from "./schema.ts";

/** A file of a report's folder. */
export interface RenderedFile {
  readonly name: string;
  readonly content: string;
}

/** All files of a report's folder: the data, the two readable forms, and the pictures that Markdown shows. */
export function renderFiles(report: Report): readonly RenderedFile[] {
  const checked = reportSchema.parse(report);
  const topics = reportPictures(checked);
  return [
    { name: "report.json", content: `${JSON.stringify(checked, null, 1)}\n` },
    { name: "report.md", content: renderMarkdown(checked, topics) },
    { name: "report.html", content: renderHtml(checked, topics) },
    ...topics.flatMap(({ pictures }) =>
      pictures.map((picture) => ({ name: `${picture.name}.svg`, content: svgFile(picture) })),
    ),
  ];
}
