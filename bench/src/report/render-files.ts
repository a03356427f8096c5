import { renderHtml } from "./html/render-html.ts";
import { renderMarkdown } from "./markdown.ts";
import { svgFile } from "./pictures/picture.ts";
import { reportPictures } from "./pictures/report-pictures.ts";
import { firstFault } from "./read-report.ts";
import type { Report } from "./report.ts";
import { reportSchema } from "./schema.ts";

/** A file of a report's folder. */
export interface RenderedFile {
  readonly name: string;
  readonly content: string;
}

/** What came of several renderings. */
export interface Rendered {
  readonly files: readonly RenderedFile[];
  /** What did not come about, and why: a sentence each. */
  readonly failures: readonly string[];
}

/** A report's data, from which everything else can be made again: written whatever it is, and checked. */
export function renderJson(report: Report, name: string = "report.json"): Rendered {
  const { success, data, error } = reportSchema.safeParse(report);
  return {
    files: [{ name, content: `${JSON.stringify(success ? data : report, null, 1)}\n` }],
    failures: success ? [] : [`${name} is not as its schema says: ${firstFault(error)}.`],
  };
}

/** The two readable forms, and the pictures that Markdown shows. One that fails costs itself only. */
export function renderReadable(report: Report): Rendered {
  const files: RenderedFile[] = [];
  const failures: string[] = [];
  const attempt = (name: string, render: () => string): void => {
    try {
      files.push({ name, content: render() });
    } catch (error) {
      const [why] = (error instanceof Error ? error.message : String(error)).split("\n");
      failures.push(`Cannot render ${name}: ${why}.`);
    }
  };
  let topics: ReturnType<typeof reportPictures> = [];
  try {
    topics = reportPictures(report);
  } catch (error) {
    failures.push(`Cannot draw the pictures: ${(error as Error).message}.`);
  }
  attempt("report.md", () => renderMarkdown(report, topics));
  attempt("report.html", () => renderHtml(report, topics));
  for (const picture of topics.flatMap(({ pictures }) => pictures))
    attempt(`${picture.name}.svg`, () => svgFile(picture));
  return { files, failures };
}

/** All files of a report's folder. @throws {Error} if one of them does not come about */
export function renderFiles(report: Report): readonly RenderedFile[] {
  const all = [renderJson(report), renderReadable(report)];
  const [failure] = all.flatMap(({ failures }) => failures);
  if (failure !== undefined) throw new Error(failure);
  return all.flatMap(({ files }) => files);
}
