import { type ChildProcess, spawn } from "node:child_process";
import { TicketlockError } from "@ticketlock/core";

const SHELL = "/bin/sh";

/**
 * Learns from its stdin whom to end: "+ id" and "- id", where a negative id means a process group.
 * The end of stdin comes when whoever started it is gone, however that ended. Then it gives those
 * that are left so many seconds to end by themselves, and kills them.
 */
const SCRIPT = `
left=$1
those=""
while read -r sign id; do
  case $sign in
    +) those="$those $id" ;;
    -) rest=""
       for each in $those; do [ "$each" = "$id" ] || rest="$rest $each"; done
       those=$rest ;;
  esac
done
while :; do
  alive=""
  for each in $those; do kill -0 "$each" 2>/dev/null && alive="$alive $each"; done
  [ -z "$alive" ] && exit
  if [ "$left" -le 0 ]; then
    for each in $alive; do kill -9 "$each"; done
    exit
  fi
  left=$((left - 1))
  sleep 1
done
`;

/**
 * Keeps processes from outliving this one. They do so themselves, as long as their main threads turn:
 * their stdin ends. This holds also for one that blocks for ever, in any runtime and without a
 * permission from it, however this process ends. It is a shell, which starts in a millisecond and
 * then only sleeps; it is there while there is somebody to watch. On Windows it does nothing.
 */
export class Watchdog {
  readonly #graceSeconds: number;
  readonly #watched = new Set<number>();
  #shell: ChildProcess | undefined;

  /** `graceMs`: how long those who are left may take to end by themselves. */
  constructor(graceMs: number) {
    this.#graceSeconds = Math.ceil(graceMs / 1_000);
  }

  /**
   * From now on that process, or group where the id is negative, ends with this process.
   * @throws {TicketlockError} `PERMISSION_DENIED` if the shell cannot be started; then nobody watches it.
   */
  watch(id: number): void {
    if (process.platform === "win32") return;
    this.#shell ??= this.#start();
    this.#watched.add(id);
    this.#shell.stdin!.write(`+ ${id}\n`);
  }

  /** That process or group is gone; its id may be another's soon. */
  forget(id: number): void {
    if (!this.#watched.delete(id)) return;
    if (this.#watched.size > 0) return void this.#shell?.stdin!.write(`- ${id}\n`);
    this.#shell?.kill("SIGKILL");
    this.#shell?.stdin?.destroy();
    this.#shell = undefined;
  }

  #start(): ChildProcess {
    const shell = spawn(SHELL, ["-c", SCRIPT, "watchdog", String(this.#graceSeconds)], {
      stdio: ["pipe", "ignore", "ignore"],
      // Ctrl-C ends this process in order, and must not take the watchdog before that.
      detached: true,
    });
    shell.on("error", () => {}); // told by its missing id
    if (shell.pid === undefined) throw noShell();
    shell.stdin!.on("error", () => {});
    shell.unref();
    return shell;
  }
}

function noShell(): TicketlockError {
  return new TicketlockError(
    "PERMISSION_DENIED",
    `Cannot start ${SHELL}, which ends contenders when their owner dies. Deno must be permitted to: pass --allow-run, or add ${SHELL} to the programs that it is limited to.`,
  );
}

/** For contenders. They have nothing to clean up when their owner dies: their locks and stores bear their death. */
export const contenderWatchdog: Watchdog = new Watchdog(0);
