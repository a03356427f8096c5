import os from "node:os";
import { ROOT } from "../cli/root.ts";
import { plainText } from "./plain-text.ts";

/** Folders that every machine has and that nobody's name is in. */
const SYSTEM = /^\/(?:proc|sys|dev|usr|etc|bin|sbin|lib|lib64)\//;
const HOMES = /\/(?:home|Users)\/[^/\s'"]+/g;
/** Where something else than a path goes on, as in a URL or a cell's key, there is none. */
const ABSOLUTE = /(?<![\w.<>~@/-])\/(?!\/)(?:[^\s/'"`,;:()<>]+\/)*([^\s/'"`,;:()<>]+)\/?/g;

/**
 * Text as it may stand in a report that is shown around: paths within the repository are relative to its top, what
 * lies elsewhere is `<home>`, `<tmp>` or `<dir>`, of which only a file's name is left. Lines stay lines; control
 * characters are replaced.
 *
 * @param root - top of the repository
 */
export function publicText(text: string, root: string = ROOT): string {
  const top = root.replace(/\/$/, "");
  const known = [
    [top, "."],
    [os.tmpdir(), "<tmp>"],
    [os.homedir(), "<home>"],
  ] as const;
  const hidden = known
    .filter(([folder]) => folder.length > 1)
    .toSorted(([a], [b]) => b.length - a.length)
    .reduce((rest, [folder, word]) => replaced(rest, folder, word), text.replaceAll("file://", ""))
    .replace(HOMES, "<home>")
    .replace(ABSOLUTE, (path: string, name: string) => {
      if (SYSTEM.test(path)) return path;
      return name.includes(".") ? `<dir>/${name}` : "<dir>";
    });
  return hidden.split("\n").map(plainText).join("\n");
}

/** Replaces a folder's path wherever it stands whole; what lies within the repository is named from its top. */
function replaced(text: string, folder: string, word: string): string {
  const literal = folder.replace(/[^\w/-]/g, String.raw`\$&`);
  const path = new RegExp(String.raw`(?<![\w.-])${literal}(?![\w.-])(\/(?=[^\s/]))?`, "g");
  return text.replace(path, (_, slash = "") => (word === "." && slash !== "" ? "" : word + slash));
}
