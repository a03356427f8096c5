import { readFileSync } from "node:fs";
import { join } from "node:path";

/** By these a report's own files are known, whatever their names. */
const BEGINNINGS = {
  markdown: "# What the locks cost\n",
  page: "<!doctype html>\n",
  pageHeading: "<h1>What the locks cost</h1>",
  picture: '<svg xmlns="http://www.w3.org/2000/svg" class="picture" ',
} as const;

/** A picture as report.md shows or links it. */
const PICTURE_LINK = /\]\(([a-z0-9]+(?:-[a-z0-9]+)*\.svg)\)/g;

/**
 * The files in a folder that an earlier report has made there and that can be made again from a report.json: its two
 * readable forms, and those pictures that its report.md names and that are pictures of ours. Nothing else, whatever
 * it is called.
 */
export function earlierReportFiles(folder: string): string[] {
  const markdown = text(folder, "report.md");
  const page = text(folder, "report.html");
  const isOwn = markdown.startsWith(BEGINNINGS.markdown);
  const linked = isOwn ? [...markdown.matchAll(PICTURE_LINK)].map(([, name]) => name!) : [];
  return [
    ...(isOwn ? ["report.md"] : []),
    ...(page.startsWith(BEGINNINGS.page) && page.includes(BEGINNINGS.pageHeading)
      ? ["report.html"]
      : []),
    ...[...new Set(linked)].filter((name) => text(folder, name).startsWith(BEGINNINGS.picture)),
  ];
}

function text(folder: string, name: string): string {
  try {
    return readFileSync(join(folder, name), "utf8");
  } catch {
    return "";
  }
}
