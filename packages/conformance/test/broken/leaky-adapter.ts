/** An adapter that is sound but for what its launcher leaves behind: a timer and a file for each contender. */
import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Adapter, Launcher } from "@ticketlock/core";
import { adapter as sound } from "@ticketlock/worker-threads/adapter";

const { runtime, unit, scope } = sound.launcher!;

const launcher: Launcher = {
  runtime,
  unit,
  scope,
  nowNs: () => sound.launcher!.nowNs(),
  start(options) {
    setInterval(() => {}, 1_000);
    mkdtempSync(join(tmpdir(), "left-behind-"));
    return sound.launcher!.start(options);
  },
};

export const adapter: Adapter = { ...sound, name: "leaky", url: import.meta.url, launcher };
