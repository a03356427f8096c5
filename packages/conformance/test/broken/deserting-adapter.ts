/** Its launcher leaves a process behind for each contender, which keeps its parent from nothing. */
import { spawn } from "node:child_process";
import type { Adapter } from "@ticketlock/core";
import { processesThat } from "./own-processes.ts";

/** Longer than the case looks. */
const SECONDS = "30";

export const adapter: Adapter = processesThat("deserting", import.meta.url, () => {
  spawn("sleep", [SECONDS], { stdio: "ignore" }).unref();
});
