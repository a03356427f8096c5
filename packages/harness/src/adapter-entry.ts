import { existsSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { pathToFileURL } from "node:url";
import { foldersUp, isRuntime, type Runtime, runtimes } from "@ticketlock/child-processes";
import { TicketlockError } from "@ticketlock/core";
import { findWorkspaceRoot, workspaceFolders } from "./workspace.ts";

/** An adapter as its package.json declares it; nothing of it has been loaded. */
export interface AdapterEntry {
  /** The folder's name, by which commands and tests name it; a further adapter of the same package: `folder/name`. */
  readonly name: string;
  /** Name of the npm package; a further adapter's: `package/name`. */
  readonly packageName: string;
  readonly directory: string;
  /** File URL of the module that exports `adapter`. */
  readonly moduleUrl: string;
  readonly runtime: Runtime;
  /** Flags that the runtime must be started with. */
  readonly flags: readonly string[];
}

/** Where adapters are looked for. */
export interface LookupOptions {
  /** Top of the workspace; default: found from the current folder. */
  readonly root?: string | undefined;
}

/**
 * Lists the adapters of a workspace: its packages whose package.json has a field "ticketlock", in
 * alphabetical order of their folders. Outside a workspace there are none.
 * @throws {TicketlockError} `ADAPTER_INVALID` naming the package whose declaration is malformed.
 */
export function listAdapters(root: string | undefined = findWorkspaceRoot()): AdapterEntry[] {
  if (root === undefined) return [];
  return workspaceFolders(root).flatMap((directory) => readEntries(directory));
}

/**
 * Finds an adapter by its folder's name or its package's name in the workspace, else by its
 * package's name among what is installed for the current folder.
 * @throws {TicketlockError} `ADAPTER_NOT_FOUND` naming those that there are; `ADAPTER_INVALID`, also
 * where two folders of the workspace have that name.
 */
export function findAdapter(name: string, options: LookupOptions = {}): AdapterEntry {
  const entries = listAdapters(options.root);
  const named = entries.filter((entry) => entry.name === name || entry.packageName === name);
  if (named.length > 1) {
    const folders = named.map((entry) => `${entry.packageName} in ${entry.directory}`).join(", ");
    throw new TicketlockError(
      "ADAPTER_INVALID",
      `Cannot use the adapter ${name}: more than one has that name: ${folders}. Name one by its package.`,
    );
  }
  const found = named[0] ?? installedAdapter(name, options.root);
  if (found !== undefined) return found;
  const known = entries.map((entry) => entry.name).join(", ") || "none";
  throw new TicketlockError(
    "ADAPTER_NOT_FOUND",
    `Cannot use the adapter ${name}: neither a folder of this workspace nor an installed package has that name. Known: ${known}.`,
  );
}

/**
 * The adapters that a suite is to run over: those named in the environment variable
 * TICKETLOCK_ADAPTER, separated by commas, else all of the workspace.
 * @throws {TicketlockError} `ADAPTER_NOT_FOUND`, `ADAPTER_INVALID`.
 */
export function selectedAdapters(options: LookupOptions = {}): AdapterEntry[] {
  const names = (process.env["TICKETLOCK_ADAPTER"] ?? "").split(",").map((name) => name.trim());
  const wanted = names.filter((name) => name !== "");
  if (wanted.length === 0) return listAdapters(options.root);
  return wanted.map((name) => findAdapter(name, options));
}

const PACKAGE_NAME = /^(@[a-z0-9][a-z0-9._~-]*\/)?[a-z0-9][a-z0-9._~-]*(\/[a-z0-9-]+)?$/;
/** A package's name with that of a further adapter behind it. */
const FURTHER = /^((?:@[^/]+\/)?[^/@]+)\/([^/]+)$/;

/** By hand along node_modules: `exports` hides a package's package.json from `require.resolve`. */
function installedAdapter(name: string, from: string = process.cwd()): AdapterEntry | undefined {
  if (!PACKAGE_NAME.test(name)) return undefined;
  const [, packageName = name, further] = FURTHER.exec(name) ?? [];
  const directory = foldersUp(from)
    .map((folder) => join(folder, "node_modules", packageName))
    .find((folder) => existsSync(join(folder, "package.json")));
  if (directory === undefined) return undefined;
  const entries = readEntries(directory);
  return further === undefined
    ? entries[0]
    : entries.find((entry) => entry.name.endsWith(`/${further}`));
}

/** Reads a package's declarations; none if it is no adapter. The first is the package's own, each further one has a name. */
function readEntries(directory: string): AdapterEntry[] {
  const manifest = readManifest(directory);
  const declared = manifest["ticketlock"];
  if (declared === undefined) return [];
  const packageName =
    typeof manifest["name"] === "string" ? manifest["name"] : `the package in ${directory}`;
  const declarations: readonly unknown[] = Array.isArray(declared) ? declared : [declared];
  const entries = declarations.map((one, i) => readEntry(directory, packageName, one, i > 0));
  if (new Set(entries.map(({ name }) => name)).size < entries.length)
    throw invalid(packageName, "two of its adapters have the same name");
  return entries;
}

function readEntry(
  directory: string,
  packageName: string,
  declared: unknown,
  isFurther: boolean,
): AdapterEntry {
  if (!isFields(declared)) throw invalid(packageName, `its field "ticketlock" is no object`);
  const { name, adapter, runtime, flags = [] } = declared;
  const hasName = typeof name === "string" && /^[a-z0-9-]+$/.test(name);
  if (isFurther ? !hasName : name !== undefined)
    throw invalid(packageName, `each adapter but the first has a "name" of small letters`);
  if (typeof adapter !== "string" || !adapter.startsWith("./") || adapter.includes("..")) {
    throw invalid(packageName, `"adapter" must be a path within the package that begins with ./`);
  }
  if (!isRuntime(runtime)) {
    throw invalid(packageName, `"runtime" must be one of ${runtimes.join(", ")}`);
  }
  if (!Array.isArray(flags) || !flags.every((flag) => typeof flag === "string")) {
    throw invalid(packageName, `"flags" must be a list of strings`);
  }
  const module = join(directory, adapter);
  if (!existsSync(module))
    throw invalid(packageName, `"adapter" names ${adapter}, which is missing`);
  const suffix = hasName ? `/${name}` : "";
  return {
    name: basename(directory) + suffix,
    packageName: packageName + suffix,
    directory,
    moduleUrl: pathToFileURL(module).href,
    runtime,
    flags: flags.map(String),
  };
}

function readManifest(directory: string): Record<string, unknown> {
  try {
    const manifest: unknown = JSON.parse(readFileSync(join(directory, "package.json"), "utf8"));
    if (isFields(manifest)) return manifest;
  } catch (error) {
    throw invalid(directory, `its package.json cannot be read (${String(error)})`);
  }
  throw invalid(directory, "its package.json is no object");
}

function isFields(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function invalid(packageName: string, why: string): TicketlockError {
  return new TicketlockError(
    "ADAPTER_INVALID",
    `Cannot use ${packageName} as an adapter: ${why}. Declare "ticketlock": { "adapter": "./src/adapter.ts", "runtime": "node" } in its package.json.`,
  );
}
