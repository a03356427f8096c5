/** An adapter that is sound but for its launcher: the owner is not told what a contender could not load. */
import type { Adapter, Launcher } from "@ticketlock/core";
import { adapter as sound } from "@ticketlock/worker-threads/adapter";

const { runtime, unit, scope } = sound.launcher!;

const launcher: Launcher = {
  runtime,
  unit,
  scope,
  nowNs: () => sound.launcher!.nowNs(),
  start({ onMessage, ...options }) {
    const hush = (message: unknown): void => {
      const { type, error } = message as { readonly type: string; readonly error?: unknown };
      if (error === undefined || (type !== "opened" && type !== "loaded")) onMessage(message);
    };
    return sound.launcher!.start({ ...options, onMessage: hush });
  },
};

export const adapter: Adapter = { ...sound, name: "hushing", url: import.meta.url, launcher };
