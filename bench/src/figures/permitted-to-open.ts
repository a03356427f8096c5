import type { Adapter, Handle, Launcher } from "@ticketlock/core";

/**
 * The same adapters, whose contenders may open these handles as well: a figure opens locks and stores
 * besides those of its session, and a runtime with permissions wants to know of them at a contender's start.
 */
export function permittedToOpen(
  adapters: readonly Adapter[],
  handles: readonly Handle[],
): readonly Adapter[] {
  return adapters.map((adapter) => {
    const { launcher } = adapter;
    return launcher === undefined
      ? adapter
      : { ...adapter, launcher: permitted(launcher, handles) };
  });
}

function permitted(launcher: Launcher, handles: readonly Handle[]): Launcher {
  const { runtime, unit, scope } = launcher;
  return {
    runtime,
    unit,
    scope,
    nowNs: () => launcher.nowNs(),
    start: (options) =>
      launcher.start({ ...options, opens: [...(options.opens ?? []), ...handles] }),
  };
}
