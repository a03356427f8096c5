import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { stripTypeScriptTypes } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const packages = fileURLToPath(new URL("../../", import.meta.url));
const names = ["core", "shared-memory", "mapped-memory"];

/** Puts a program into a folder in which this package is installed as npm would: JavaScript below node_modules. */
export function installBeside(folder: string, program: URL): string {
  for (const name of names) install(name, join(folder, "node_modules", "@ticketlock", name));
  const dependencies = Object.fromEntries(names.map((name) => [`@ticketlock/${name}`, "*"]));
  writeFileSync(join(folder, "package.json"), JSON.stringify({ type: "module", dependencies }));
  const path = join(folder, "program.js");
  writeFileSync(path, compiled(fileURLToPath(program)));
  return path;
}

function install(name: string, folder: string): void {
  const source = join(packages, name, "src");
  for (const file of readdirSync(source, { recursive: true, encoding: "utf8" })) {
    if (!file.endsWith(".ts") || file.endsWith(".d.ts")) continue;
    const target = join(folder, "dist", file.replace(/ts$/, "js"));
    mkdirSync(dirname(target), { recursive: true });
    writeFileSync(target, compiled(join(source, file)));
  }
  const { publishConfig, ...manifest } = JSON.parse(
    readFileSync(join(packages, name, "package.json"), "utf8"),
  ) as { readonly publishConfig: { readonly exports: unknown } };
  writeFileSync(
    join(folder, "package.json"),
    JSON.stringify({ ...manifest, exports: publishConfig.exports }),
  );
}

/** The module as JavaScript, with its relative imports. */
function compiled(path: string): string {
  const text = stripTypeScriptTypes(readFileSync(path, "utf8"));
  return text.replace(/(\bfrom "\.[^"]*)\.ts"/g, '$1.js"');
}
