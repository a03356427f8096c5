import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface, type Interface } from "node:readline";
import { fileURLToPath } from "node:url";
import { onTestFinished } from "vitest";

const repository = fileURLToPath(new URL("../../../../", import.meta.url));
const deno: string = fileURLToPath(new URL("node_modules/.bin/deno", `file://${repository}`));
/** What Deno reads of the repository to run a program from its source. */
const sources = `--allow-read=${repository}`;

/** A process of Deno that says one JSON value a line. */
export class DenoProgram {
  readonly said: unknown[] = [];
  /** Its exit code or the signal, once it has ended and all that it said has come. */
  readonly ended: Promise<number | string>;
  readonly #child: ChildProcess;
  readonly #lines: Interface;
  readonly #errors: string[] = [];
  readonly #onSaid = new Set<() => void>();

  constructor(program: string, args: readonly string[], flags: readonly string[]) {
    this.#child = spawn(deno, ["run", "--no-prompt", "--quiet", ...flags, program, ...args], {
      stdio: ["pipe", "pipe", "pipe"],
      // A group of its own: what npm has put in Deno's place starts the real one.
      detached: true,
    });
    this.#child.stdin!.on("error", () => {}); // it may be gone before it is told anything
    this.#child.stderr!.on("data", (data: Buffer) => void this.#errors.push(String(data)));
    this.#lines = createInterface({ input: this.#child.stdout! });
    this.#lines.on("line", (line) => {
      this.said.push(JSON.parse(line));
      for (const look of this.#onSaid) look();
    });
    this.ended = Promise.all([once(this.#child, "close"), once(this.#lines, "close")]).then(
      ([[code, signal]]) => (code ?? signal) as number | string,
    );
    onTestFinished(() => this.kill());
  }

  /** What it said on stderr. */
  get errors(): string {
    return this.#errors.join("");
  }

  tell(value: unknown): void {
    this.#child.stdin!.write(`${JSON.stringify(value)}\n`);
  }

  /** Nothing more is told: it ends, unless something else keeps it alive. */
  endInput(): void {
    this.#child.stdin!.end();
  }

  /** Settles once `enough` holds for what it has said, or it has ended. */
  async until(enough: (said: readonly unknown[]) => boolean): Promise<void> {
    if (enough(this.said)) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    const look = (): void => void (enough(this.said) && resolve());
    this.#onSaid.add(look);
    await Promise.race([promise, this.ended]);
    this.#onSaid.delete(look);
    if (!enough(this.said))
      throw new Error(`the program ended too early, said ${JSON.stringify(this.said.slice(-3))}: ${this.errors}`); // prettier-ignore
  }

  signal(signal: NodeJS.Signals): void {
    try {
      process.kill(-this.#child.pid!, signal);
    } catch {
      // It has ended.
    }
  }

  kill(): void {
    this.signal("SIGKILL");
  }
}

/** Runs a program of this folder from its source, with these flags besides what loading it needs. */
export function startProgram(
  name: string,
  args: readonly string[],
  flags: readonly string[],
): DenoProgram {
  const read = flags.find((flag) => flag.startsWith("--allow-read="));
  const others = flags.filter((flag) => flag !== read);
  const reads = read === undefined ? sources : `${read},${repository}`;
  const program = fileURLToPath(new URL(`../programs/${name}.ts`, import.meta.url));
  return new DenoProgram(program, args, [reads, ...others]);
}
