import { dirname, isAbsolute } from "node:path";
import type { Handle, LockProvider, StartOptions, StoreProvider } from "@ticketlock/core";
import { durableJsonFileStores, sqliteStores } from "@ticketlock/file-store";
import { mappedLocks, mappedStores } from "@ticketlock/mapped-memory";
import { flockLocks } from "../flock/flock-locks.ts";
import { kvStores } from "../kv/kv-stores.ts";

/** What a workload may do besides using its locks and store. */
export interface WorkloadPermissions {
  /**
   * Folders and files that it reads: its modules and what they import, where that lies outside
   * node_modules, above all. Default: all.
   */
  readonly reads?: readonly string[];
  /** Further flags of Deno, as `--allow-net=localhost`. Default: none. */
  readonly flags?: readonly string[];
}

/** Limited to paths it shuts off memory. */
const FFI = "--allow-ffi";

/** What is needed for some kinds besides access to their files. */
const further: readonly {
  readonly providers: readonly (LockProvider | StoreProvider)[];
  readonly flag: string;
}[] = [
  { providers: [mappedLocks, mappedStores], flag: FFI },
  // They refuse files of other users.
  { providers: [durableJsonFileStores, sqliteStores, flockLocks], flag: "--allow-sys=uid" },
  { providers: [kvStores], flag: "--unstable-kv" },
];

/**
 * The flags with which a contender in Deno may open these locks and stores, and its workloads may do
 * what is said. Nothing else.
 */
export function permissionFlags(
  { opens = [], writes = [], ffi = false }: Pick<StartOptions, "opens" | "writes" | "ffi">,
  { reads, flags = [] }: WorkloadPermissions = {},
): string[] {
  const handles = opens.flatMap(withInner);
  const written = unique([...handles.flatMap(({ data }) => foldersIn(data)), ...writes]);
  const kinds = further.filter(({ providers }) =>
    handles.some(({ module, kind }) =>
      providers.some((provider) => provider.module === module && provider.kinds.has(kind)),
    ),
  );
  return [
    ...(reads === undefined
      ? ["--allow-read"]
      : list("--allow-read", unique([...reads, ...written]))),
    ...list("--allow-write", written),
    ...new Set([...kinds.map(({ flag }) => flag), ...(ffi ? [FFI] : [])]),
    ...flags,
  ];
}

/** A comma in a path is written twice. */
function list(flag: string, paths: readonly string[]): string[] {
  if (paths.length === 0) return [];
  return [`${flag}=${paths.map((path) => path.replaceAll(",", ",,")).join(",")}`];
}

function unique(texts: readonly string[]): string[] {
  return [...new Set(texts)];
}

/** The handle, and the one of the lock that a control wraps. */
function withInner(handle: Handle): Handle[] {
  return [handle, ...(isHandle(handle.data) ? withInner(handle.data) : [])];
}

function isHandle(data: unknown): data is Handle {
  return typeof data === "object" && data !== null && "module" in data && "kind" in data;
}

/** The folders of the files that a handle names: beside each file, others of its store come and go. */
function foldersIn(data: unknown): string[] {
  if (typeof data === "string") return isAbsolute(data) ? [dirname(data)] : [];
  if (typeof data !== "object" || data === null || isHandle(data)) return [];
  return Object.values(data).flatMap(foldersIn);
}
