import { type ChildProcess, spawn } from "node:child_process";
import { END_GRACE_MS } from "./job-protocol.ts";

/**
 * Waits for the end of its stdin, which comes when whoever started it is gone, however that ended;
 * then gives the group the grace that a job has, and kills what is left of it.
 */
const SCRIPT = `
while read -r line; do :; done
left=$2
while kill -0 "-$1" 2>/dev/null; do
  if [ "$left" -le 0 ]; then kill -9 "-$1"; exit; fi
  left=$((left - 1))
  sleep 1
done
`;

/**
 * Keeps a job's process group from outliving this process. The job's own process does so too, as
 * long as its main thread turns; this holds also for one that blocks for ever, in any runtime and
 * without a permission from it. It is a shell, which starts in a millisecond and then only sleeps.
 * Where there are no process groups it does nothing.
 */
export class Watchdog {
  readonly #shell: ChildProcess | undefined;

  constructor(group: number | undefined) {
    if (group === undefined || process.platform === "win32") return;
    const seconds = String(Math.ceil(END_GRACE_MS / 1_000));
    this.#shell = spawn("/bin/sh", ["-c", SCRIPT, "watchdog", String(group), seconds], {
      stdio: ["pipe", "ignore", "ignore"],
      // Ctrl-C ends this process in order, and must not take the watchdog before that.
      detached: true,
    });
    this.#shell.on("error", () => {}); // no shell: the job's own process is left to listen
    this.#shell.stdin!.on("error", () => {});
    this.#shell.unref();
  }

  /** The group is gone. */
  stop(): void {
    this.#shell?.kill("SIGKILL");
    this.#shell?.stdin?.destroy();
  }
}
