import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { stripTypeScriptTypes } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const packages = fileURLToPath(new URL("../../../", import.meta.url));

interface Manifest {
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly publishConfig: { readonly exports: unknown };
}

/**
 * Puts a program into a folder in which this package is installed as npm would, as JavaScript below
 * node_modules: there Deno needs no permission to load it, as in a user's program.
 */
export function installBeside(folder: string, program: URL): string {
  install("deno-adapter", folder, new Set());
  const dependencies = { "@ticketlock/deno-adapter": "*" };
  writeFileSync(join(folder, "package.json"), JSON.stringify({ type: "module", dependencies }));
  const path = join(folder, "program.js");
  writeFileSync(path, compiled(fileURLToPath(program)));
  return path;
}

function install(name: string, folder: string, done: Set<string>): void {
  if (done.has(name)) return;
  done.add(name);
  const source = join(packages, name, "src");
  const target = join(folder, "node_modules", "@ticketlock", name);
  for (const file of readdirSync(source, { recursive: true, encoding: "utf8" })) {
    if (!file.endsWith(".ts") || file.endsWith(".d.ts")) continue;
    const place = join(target, "dist", file.replace(/ts$/, "js"));
    mkdirSync(dirname(place), { recursive: true });
    writeFileSync(place, compiled(join(source, file)));
  }
  const text = readFileSync(join(packages, name, "package.json"), "utf8");
  const { publishConfig, ...manifest } = JSON.parse(text) as Manifest;
  const published = { ...manifest, exports: publishConfig.exports };
  writeFileSync(join(target, "package.json"), JSON.stringify(published));
  for (const dependency of Object.keys(manifest.dependencies ?? {}))
    if (dependency.startsWith("@ticketlock/")) install(dependency.slice(12), folder, done);
}

/** The module as JavaScript, with its relative imports. */
function compiled(path: string): string {
  const text = stripTypeScriptTypes(readFileSync(path, "utf8"));
  return text.replace(/(\bfrom "\.[^"]*)\.ts"/g, '$1.js"');
}
