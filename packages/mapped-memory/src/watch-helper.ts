import { parentPort, workerData } from "node:worker_threads";
import { currentPlatform } from "./platform/current-platform.ts";
import { HelperLoop } from "./helper-loop.ts";
import { looks } from "./looks.ts";
import type { HelperData } from "./watcher.ts";

/** The helper thread's module: sleeps on lock words in the place of a thread that must not block. */
const { board, clientId, signal, sliceMs } = workerData as HelperData;
looks.sliceMs = sliceMs;
const loop = new HelperLoop(currentPlatform(), board, clientId, new Int32Array(signal));
parentPort!.on("message", () => run());
run();

/** Its port would keep an ended helper alive. */
function end(): void {
  const { close } = globalThis as { readonly close?: () => void };
  // A port of Deno's cannot be closed, but its worker can.
  if ("close" in parentPort!) parentPort.close();
  else close!();
}

function run(): void {
  if (!loop.run()) end();
}
