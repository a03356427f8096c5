/**
 * The few globals that Node, Deno, Bun and browsers share and that core uses, declared by hand:
 * core and shared-memory compile without the types of any runtime, so a call that only one of
 * them understands cannot slip in. Not published: a consumer's own types take this file's place.
 */
interface AbortSignal {
  readonly aborted: boolean;
  readonly reason: unknown;
  addEventListener(type: "abort", listener: () => void, options?: { once?: boolean }): void;
  removeEventListener(type: "abort", listener: () => void): void;
  throwIfAborted(): void;
}
interface AbortController {
  readonly signal: AbortSignal;
  abort(reason?: unknown): void;
}
declare var AbortController: { new (): AbortController };
interface URL {
  readonly href: string;
}
declare var URL: { new (url: string, base?: string | URL): URL };
declare function setTimeout(callback: () => void, delayMs?: number): unknown;
declare function clearTimeout(timer: unknown): void;
declare function setInterval(callback: () => void, delayMs?: number): unknown;
declare function clearInterval(timer: unknown): void;
declare function queueMicrotask(callback: () => void): void;
declare var performance: { now(): number };
