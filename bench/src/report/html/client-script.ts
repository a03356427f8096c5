import { readFileSync } from "node:fs";
import { stripTypeScriptTypes } from "node:module";
import process from "node:process";

/** What the page's program is made of: what others import comes first. */
const FILES = [
  "../ratio-words.ts",
  "../../statistics/holm-levels.ts",
  "../../compare/decide.ts",
  "client/student.ts",
  "client/log-means.ts",
  "client/judge-ratios.ts",
  "client/sort-tables.ts",
  "client/filter-rows.ts",
  "client/choose-baseline.ts",
  "client/tell-values.ts",
  "client/start.ts",
];

/**
 * The page's program, in one piece: the modules one after the other, without types, without comments before
 * their declarations, and without imports and exports, since the names in them differ. A clash of names is a
 * syntax error and found by the first test.
 */
export function clientScript(): string {
  return FILES.map((file) => plain(readFileSync(new URL(file, import.meta.url), "utf8"))).join("");
}

function plain(typeScript: string): string {
  return withoutTypes(typeScript)
    .replace(/^import [^;]*;$/gm, "")
    .replace(/^export /gm, "")
    .replace(/^\/\*\*.*?\*\/$/gms, "")
    .replace(/^\s*\n/gm, "");
}

function withoutTypes(typeScript: string): string {
  const { emitWarning } = process;
  try {
    // Whoever renders a report would be told that this part of Node is an experiment.
    process.emitWarning = () => {};
    return stripTypeScriptTypes(typeScript);
  } finally {
    process.emitWarning = emitWarning;
  }
}
