import { parentPort, workerData } from "node:worker_threads";
import { currentPlatform } from "./platform/current-platform.ts";
import { HelperLoop } from "./helper-loop.ts";
import { looks } from "./looks.ts";
import type { HelperData } from "./watcher.ts";

/** The helper thread's module: sleeps on lock words in the place of a thread that must not block. */
const { board, signal, sliceMs } = workerData as HelperData;
looks.sliceMs = sliceMs;
const loop = new HelperLoop(currentPlatform(), board, new Int32Array(signal));
parentPort!.on("message", () => run());
run();

function run(): void {
  // Its port would keep an ended helper alive.
  if (!loop.run()) parentPort!.close();
}
