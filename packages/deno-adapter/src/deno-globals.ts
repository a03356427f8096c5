/**
 * The few members of Deno and of its workers that this package uses, declared by hand: the package
 * compiles with tsc and without Deno's own library, and can be loaded, if not used, elsewhere.
 */
export interface DenoNamespace {
  readonly version: { readonly deno: string };
}

/** A worker of Deno's, in the style of the web. */
export interface DenoWorker {
  postMessage(message: unknown): void;
  terminate(): void;
  addEventListener(
    type: "message" | "messageerror",
    listener: (event: { readonly data: unknown }) => void,
  ): void;
  addEventListener(type: "error", listener: (event: WorkerErrorEvent) => void): void;
}

export interface WorkerErrorEvent {
  readonly message: string;
  preventDefault(): void;
}

/** What a worker may be given; `permissions` needs Deno's flag --unstable-worker-options. */
export interface DenoWorkerOptions {
  readonly type: "module";
  readonly name?: string;
  readonly deno?: { readonly permissions: WorkerPermissions };
}

/** Deno's own words for what a worker may do, at most what its parent may. */
export type WorkerPermissions =
  | "inherit"
  | "none"
  | Readonly<Record<string, boolean | "inherit" | readonly (string | URL)[]>>;

export type DenoWorkerClass = new (url: URL, options: DenoWorkerOptions) => DenoWorker;

/** A worker's own global scope. */
export interface WorkerScope {
  postMessage(message: unknown): void;
  close(): void;
  addEventListener(type: "unload", listener: () => void): void;
  addEventListener(type: "message", listener: (event: { readonly data: unknown }) => void): void;
}

interface Globals {
  readonly Deno?: DenoNamespace;
  readonly Worker?: DenoWorkerClass;
}

const globals = globalThis as unknown as Globals;

/** Undefined in any other runtime. */
export const deno: DenoNamespace | undefined = globals.Deno;

/** The class of Deno's workers; looked up when it is needed. */
export function workerClass(): DenoWorkerClass | undefined {
  return deno === undefined ? undefined : globals.Worker;
}

/** This thread's global scope, taken for that of a worker. */
export const workerScope: WorkerScope = globalThis as unknown as WorkerScope;
