import { serveContender } from "@ticketlock/core";

/** What the launcher of orphaning-adapter.ts starts: a contender that takes no notice of its owner's end. */
serveContender({
  post: (message) => void (process.connected && process.send?.(message)),
  listen: (listener) => void process.on("message", listener),
  nowNs: () => process.hrtime.bigint(),
  importModule: (url) => import(url) as Promise<Record<string, unknown>>,
  end: () => process.disconnect?.(),
});
