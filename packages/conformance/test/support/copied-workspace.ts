import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import type { AdapterEntry } from "@ticketlock/harness";

/** A workspace of its own, with one package: an adapter's copy under another folder's and package's name. */
export class CopiedWorkspace {
  readonly root: string;
  readonly #folder: string;

  constructor(entry: AdapterEntry, name: string) {
    this.root = mkdtempSync(join(tmpdir(), "ticketlock-one-folder-"));
    this.#folder = join(this.root, "packages", name);
    writeFileSync(join(this.root, "pnpm-workspace.yaml"), "packages:\n  - packages/*\n");
    const installed = join(entry.directory, "node_modules");
    const notInstalled = (path: string): boolean => !path.startsWith(installed);
    cpSync(entry.directory, this.#folder, { recursive: true, filter: notInstalled });
    this.#rename(name);
    this.#link(installed);
  }

  remove(): void {
    rmSync(this.root, { recursive: true, force: true });
  }

  /** The one edit that a copy needs: two packages cannot have one name. */
  #rename(name: string): void {
    const path = join(this.#folder, "package.json");
    const manifest = JSON.parse(readFileSync(path, "utf8")) as Record<string, unknown>;
    writeFileSync(path, JSON.stringify({ ...manifest, name: `@elsewhere/${name}` }));
  }

  /** What the package manager would do: links to the packages that it depends on. */
  #link(installed: string): void {
    const manifest = JSON.parse(readFileSync(join(this.#folder, "package.json"), "utf8")) as {
      readonly dependencies?: Readonly<Record<string, string>>;
    };
    for (const dependency of Object.keys(manifest.dependencies ?? {})) {
      const link = join(this.#folder, "node_modules", dependency);
      mkdirSync(dirname(link), { recursive: true });
      symlinkSync(realpathSync(join(installed, dependency)), link, "dir");
    }
  }
}
