import { registerHooks } from "node:module";

/**
 * Preloaded into a program and its threads: their waiters sleep for ten minutes at a time, and not
 * for SLICE_MS, so that no look of theirs hides a wake-up that did not come.
 */
const slices = new URL("../../src/slices.ts", import.meta.url).href;

registerHooks({
  load: (url, context, nextLoad) => {
    const loaded = nextLoad(url, context);
    if (url !== slices) return loaded;
    const source = String(loaded.source).replace("SLICE_MS = 100", "SLICE_MS = 600_000");
    return { ...loaded, source };
  },
});
