import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import type { Handle, Sale } from "@ticketlock/core";

const program = fileURLToPath(new URL("../programs/seller.ts", import.meta.url));

/** A process that sells; see programs/seller.ts. */
export class Seller {
  /** The sales that it was told of, as far as they have come. */
  readonly told: Sale[] = [];
  /** Ends when it has, and everything that it said has come. Its exit code, or the signal. */
  readonly ended: Promise<number | string>;
  readonly #child: ChildProcess;
  readonly #ready: Promise<void>;
  #onTold: (() => void) | undefined;

  constructor(handle: Handle, prefix: string, together: number, early: readonly "early"[] = []) {
    const args = [program, JSON.stringify(handle), prefix, String(together), ...early];
    this.#child = spawn(process.execPath, args, { stdio: ["pipe", "pipe", "inherit"] });
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#ready = promise;
    this.#child.stdin!.on("error", () => {}); // it may be gone before it is told to start
    const lines = createInterface({ input: this.#child.stdout! });
    lines.on("line", (line) => {
      if (line === "ready") return resolve();
      this.told.push(JSON.parse(line) as Sale);
      this.#onTold?.();
    });
    this.ended = Promise.all([once(this.#child, "close"), once(lines, "close")]).then(
      ([[code, signal]]) => (code ?? signal) as number | string,
    );
  }

  /** Starts all of them at once. */
  static async startAll(sellers: readonly Seller[]): Promise<void> {
    await Promise.all(sellers.map((seller) => seller.#ready));
    for (const { stop } of sellers.map((seller) => ({ stop: seller.#child.stdin! })))
      stop.write("\n");
  }

  /** Settles once it was told of `count` sales, or has ended. */
  async hasTold(count: number): Promise<void> {
    const enough = new Promise<void>((resolve) => {
      this.#onTold = () => this.told.length >= count && resolve();
      this.#onTold();
    });
    await Promise.race([enough, this.ended]);
  }

  kill(): void {
    this.#child.kill("SIGKILL");
  }
}
