import type { Ffi } from "./libc.ts";

/** A place in memory, as Deno's FFI has it: an object, so that nobody calculates with it. */
type Pointer = object | null;

interface Library {
  readonly symbols: Readonly<Record<string, unknown>>;
}

interface Signature {
  readonly name: string;
  readonly parameters: readonly string[];
  readonly result: string;
}

/** What this package uses of `globalThis.Deno`. */
export interface Deno {
  readonly dlopen: (path: string, symbols: Readonly<Record<string, Signature>>) => Library;
  readonly UnsafePointer: {
    create(address: bigint): Pointer;
    of(memory: ArrayBuffer): Pointer;
    value(pointer: Pointer): bigint;
  };
  readonly UnsafePointerView: {
    getArrayBuffer(pointer: Pointer, bytes: number): ArrayBuffer;
  };
  readonly permissions: {
    querySync(asked: { readonly name: string; readonly path?: string }): {
      readonly state: string;
      /** Denied for some paths. */
      readonly partial?: boolean;
    };
  };
}

/** Deno's own names, where this is Deno. */
export function denoGlobal(): Deno | undefined {
  return (globalThis as { readonly Deno?: Deno }).Deno;
}

/** True where Deno runs this. */
export const isDeno: boolean = denoGlobal() !== undefined;

/** Deno's are built for the GNU C library only. */
const LIBC = "libc.so.6";

/**
 * Deno's way to call the C library.
 * @throws {Error} where it is not permitted. Deno does not ask the user.
 */
export function denoFfi(deno: Deno): Ffi {
  // Asked for before it is needed: Deno itself would stop the program, and ask the user.
  if (!isGranted(deno, "ffi"))
    throw new Error(
      "Deno was started without --allow-ffi, or with paths that it is limited to or denied by --deny-ffi, which shuts off memory",
    );
  return {
    open: (table) => {
      const symbols = Object.entries(table).map(([key, { symbol = key, parameters, result }]) => {
        return [key, { name: symbol, parameters, result }] as const;
      });
      return deno.dlopen(LIBC, Object.fromEntries(symbols)).symbols as never;
    },
    bufferAt(address, bytes) {
      const pointer = deno.UnsafePointer.create(address);
      return deno.UnsafePointerView.getArrayBuffer(pointer, bytes);
    },
    addressOf: (buffer) => deno.UnsafePointer.value(deno.UnsafePointer.of(buffer)),
  };
}

/** True if Deno would not ask, nor refuse: for all paths, where none is given. */
export function isGranted(deno: Deno, name: string, path?: string): boolean {
  const asked = path === undefined ? { name } : { name, path };
  const { state, partial = false } = deno.permissions.querySync(asked);
  return state === "granted" && !(partial && path === undefined);
}
