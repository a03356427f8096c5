import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { type Runtime, runtimeCommand } from "@ticketlock/child-processes";
import { onTestFinished } from "vitest";

/** A program of these tests in one of the runtimes, which says one JSON value a line. */
export class Program {
  readonly said: unknown[] = [];
  /** Its exit code or signal, once all that it said has come. */
  readonly ended: Promise<number | string>;
  readonly #child: ChildProcess;
  readonly #errors: string[] = [];
  #heard = (): void => {};

  constructor(
    runtime: Runtime,
    name: string,
    args: readonly string[],
    flags: readonly string[] = [],
  ) {
    const module = fileURLToPath(new URL(`programs/${name}.ts`, import.meta.url));
    const command = runtimeCommand(runtime, flags, module, import.meta.dirname);
    this.#child = spawn(command.command, [...command.args, ...args], { stdio: "pipe" });
    this.#child.stdin!.on("error", () => {}); // it may be gone before it is told anything
    this.#child.stderr!.on("data", (data: Buffer) => void this.#errors.push(String(data)));
    const lines = createInterface({ input: this.#child.stdout! });
    lines.on("line", (line) => {
      this.said.push(JSON.parse(line));
      this.#heard();
    });
    this.ended = Promise.all([once(this.#child, "close"), once(lines, "close")]).then(
      ([[code, signal]]) => (code ?? signal) as number | string,
    );
    void this.ended.then(() => this.#heard());
    onTestFinished(() => void this.#child.kill("SIGKILL"));
  }

  get errors(): string {
    return this.#errors.join("");
  }

  /** Lets it go on; nothing more is told, so that its stdin does not keep it. */
  go(): void {
    this.#child.stdin!.end("go\n");
  }

  /** Settles once it has said so; the test's own limit ends a wait in vain. */
  async until(value: unknown): Promise<void> {
    let isOver = false;
    void this.ended.then(() => (isOver = true));
    while (!this.said.includes(value)) {
      if (isOver)
        throw new Error(`It ended, and said ${JSON.stringify(this.said)}: ${this.errors}`);
      await new Promise<void>((resolve) => (this.#heard = resolve));
    }
  }
}
