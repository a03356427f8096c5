export { childEnvironment } from "./child-environment.ts";
export { foldersUp } from "./folders-up.ts";
export { LineSplitter, MAX_LINE_LENGTH } from "./line-splitter.ts";
export { processLauncher, type ProcessLauncherOptions } from "./process-launcher.ts";
export { redirectOutput, type WriteOut } from "./redirect-output.ts";
export { currentRuntime, isRuntime, type Runtime, runtimeCommand, runtimes } from "./runtime.ts";
export { contenderWatchdog, Watchdog } from "./watchdog.ts";
