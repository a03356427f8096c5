/** An adapter that is sound but for its launcher: contenders do not end with their owner. */
import { fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import type {
  Adapter,
  ContenderExit,
  Launcher,
  StartedContender,
  StartOptions,
} from "@ticketlock/core";
import { mappedLocks } from "@ticketlock/mapped-memory";
import { adapter as sound } from "@ticketlock/node-cluster/adapter";

const entry = fileURLToPath(new URL("./orphaning-contender.ts", import.meta.url));

const launcher: Launcher = {
  runtime: "node",
  unit: "process",
  scope: "processes",
  nowNs: () => process.hrtime.bigint(),
  async start({ onMessage }: StartOptions): Promise<StartedContender> {
    const child = fork(entry, { execArgv: ["--disable-warning=ExperimentalWarning"] });
    child.on("message", onMessage);
    const exited = once(child, "exit").then(([code]): ContenderExit => ({ code: Number(code) }));
    return {
      id: child.pid!,
      exited,
      post: (message) => void (child.connected && child.send(message as object)),
      kill: () => void child.kill("SIGKILL"),
    };
  },
};

export const adapter: Adapter = {
  name: "orphaning",
  url: import.meta.url,
  launcher,
  locks: [mappedLocks],
  stores: sound.stores,
};
