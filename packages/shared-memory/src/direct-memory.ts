/**
 * Atomic steps as one instruction each. V8 (Node, Deno) calls Atomics as functions that check their
 * arguments anew each time, 8 to 10 ns a call, while it compiles a WebAssembly function of one atomic
 * instruction to little more than that instruction. It only reaches WebAssembly's own memory, so a
 * lock that wants it has to lie there, or to be mapped there as well.
 */

/** Sets the word at a byte offset to `replacement` if it holds `expected`, in one step; gives what it held. */
export type CompareExchange = (offset: number, expected: number, replacement: number) => number;

/**
 * Takes a lock and issues its token in one step: if the word at a byte offset, a multiple of 8, is 0 and
 * the next one is `token`, they become `me` and `token` + 1. Gives 1 if so, else 0.
 */
export type TakeAndIssue = (offset: number, me: number, token: number) => number;

/** What one instruction does in such memory. */
export interface DirectSteps {
  readonly compareExchange: CompareExchange;
  readonly takeAndIssue: TakeAndIssue;
}

/** Memory in which such steps can be had. */
export interface DirectMemory extends DirectSteps {
  /** What a structured clone carries to other threads, where the memory is shared. */
  readonly memory: WasmMemory;
}

/** A WebAssembly.Memory. */
export interface WasmMemory {
  readonly buffer: ArrayBufferLike;
}

/** The part of WebAssembly's interface that is used here: not every runtime's types declare it. */
interface Engine {
  readonly Memory: new (size: { initial: number; maximum: number; shared: boolean }) => WasmMemory;
  readonly Module: new (code: Uint8Array) => object;
  readonly Instance: new (
    module: object,
    imports: { readonly e: { readonly m: WasmMemory } },
  ) => { readonly exports: { readonly c: CompareExchange; readonly t: TakeAndIssue } };
}

/** In which such memory comes. */
export const PAGE_BYTES = 65_536;

/** Absent where it is switched off, as by Node's --jitless. */
const engine = (globalThis as { readonly WebAssembly?: Engine }).WebAssembly;

/**
 * (module
 *   (import "e" "m" (memory 1 65536 [shared]))
 *   (func (export "c") (param i32 i32 i32) (result i32)
 *     (i32.atomic.rmw.cmpxchg (local.get 0) (local.get 1) (local.get 2)))
 *   (func (export "t") (param i32 i32 i32) (result i32) (local i64)
 *     (i64.eq
 *       (i64.atomic.rmw.cmpxchg (local.get 0)
 *         (local.tee 3 (i64.shl (i64.extend_i32_u (local.get 2)) (i64.const 32)))
 *         (i64.or
 *           (i64.shl (i64.extend_i32_u (i32.add (local.get 2) (i32.const 1))) (i64.const 32))
 *           (i64.extend_i32_u (local.get 1))))
 *       (local.get 3))))
 */
function codeFor(shared: boolean): Uint8Array {
  const limits = [shared ? 3 : 1, 1, 0x80, 0x80, 0x04];
  const exchange = [0, 0x20, 0, 0x20, 1, 0x20, 2, 0xfe, 0x48, 2, 0, 0x0b];
  const take = [
    ...[1, 1, 0x7e, 0x20, 0], // one local i64; offset
    ...[0x20, 2, 0xad, 0x42, 32, 0x86, 0x22, 3], // expected: the token above a free word
    ...[0x20, 2, 0x41, 1, 0x6a, 0xad, 0x42, 32, 0x86], // the next token
    ...[0x20, 1, 0xad, 0x84, 0xfe, 0x49, 3, 0], // above the taken word; compare-and-set
    ...[0x20, 3, 0x51, 0x0b], // was it as expected?
  ];
  return new Uint8Array([
    ...[0x00, 0x61, 0x73, 0x6d, 1, 0, 0, 0], // magic number and version
    ...section(1, [0x60, 3, 0x7f, 0x7f, 0x7f, 1, 0x7f]), // types
    ...section(2, [1, 0x65, 1, 0x6d, 2, ...limits]), // imports
    ...section(3, [0], [0]), // functions, by type
    ...section(7, [1, 0x63, 0, 0], [1, 0x74, 0, 1]), // exports
    ...section(10, [exchange.length, ...exchange], [take.length, ...take]), // code
  ]);
}

function section(id: number, ...entries: readonly (readonly number[])[]): number[] {
  const bytes = entries.flat();
  return [id, bytes.length + 1, entries.length, ...bytes];
}

const modules = new Map<boolean, object>();

/** Makes zeroed memory of at least so many bytes; `undefined` where the engine has none, or no more address space. */
export function createDirectMemory(bytes: number, shared: boolean): DirectMemory | undefined {
  if (engine === undefined) return undefined;
  const pages = Math.ceil(bytes / PAGE_BYTES);
  try {
    return directly(new engine.Memory({ initial: pages, maximum: pages, shared }), shared);
  } catch {
    return undefined; // each takes some gigabytes of address space, of which there may be a limit
  }
}

/** The buffer of a WebAssembly.Memory that came from elsewhere; `undefined` if it is none. */
export function bufferOf(memory: unknown): ArrayBufferLike | undefined {
  return engine !== undefined && memory instanceof engine.Memory ? memory.buffer : undefined;
}

/** The compare-and-set in memory that came from another thread; `undefined` if it is no such memory, or the engine compiles none here. */
export function openDirectMemory(memory: unknown): DirectMemory | undefined {
  if (engine === undefined || !(memory instanceof engine.Memory)) return undefined;
  try {
    return directly(memory, memory.buffer instanceof SharedArrayBuffer);
  } catch {
    return undefined;
  }
}

function directly(memory: WasmMemory, shared: boolean): DirectMemory {
  const Engine = engine!;
  let module = modules.get(shared);
  if (module === undefined) modules.set(shared, (module = new Engine.Module(codeFor(shared))));
  const { exports } = new Engine.Instance(module, { e: { m: memory } });
  return { memory, compareExchange: exports.c, takeAndIssue: exports.t };
}
