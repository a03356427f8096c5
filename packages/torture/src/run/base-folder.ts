import { existsSync, mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import process from "node:process";
import { own, sweep } from "./sweep.ts";

const MEMORY = "/dev/shm";
const PREFIX = "ticketlock-torture-";

/**
 * The private folders in which a run and everything that it starts leave what they leave: one among the
 * system's temporary files, one in memory where the system has such. Processes that are started meanwhile
 * take the first for the place of temporary files. Both are gone when this process ends; if it is killed, when the
 * next one begins.
 */
export class BaseFolder {
  readonly path: string;
  readonly memory: string;
  readonly #before: Readonly<Record<string, string | undefined>>;
  readonly #clean: () => void;

  constructor() {
    for (const parent of [tmpdir(), MEMORY]) if (existsSync(parent)) sweep(parent, PREFIX);
    this.path = mkdtempSync(join(tmpdir(), PREFIX));
    this.memory = existsSync(MEMORY) ? join(MEMORY, basename(this.path)) : this.path;
    if (this.memory !== this.path) mkdirSync(this.memory, { mode: 0o700 });
    for (const path of new Set([this.path, this.memory])) own(path);
    this.#clean = () => {
      for (const path of new Set([this.path, this.memory]))
        rmSync(path, { recursive: true, force: true });
    };
    process.once("exit", this.#clean);
    const compiled = join(this.path, "compiled");
    mkdirSync(compiled);
    this.#before = setEnvironment({ TMPDIR: this.path, NODE_COMPILE_CACHE: compiled });
  }

  /** A round's own folders, empty. */
  roundFolders(name: string): { readonly folder: string; readonly memory: string } {
    const folder = join(this.path, name);
    const memory = join(this.memory, `${name}-memory`);
    for (const path of [folder, memory]) mkdirSync(path, { mode: 0o700 });
    return { folder, memory };
  }

  remove(): void {
    setEnvironment(this.#before);
    process.off("exit", this.#clean);
    this.#clean();
  }
}

/** Sets variables of this process, and gives what they were. */
function setEnvironment(
  values: Readonly<Record<string, string | undefined>>,
): Record<string, string | undefined> {
  const before: Record<string, string | undefined> = {};
  for (const [name, value] of Object.entries(values)) {
    before[name] = process.env[name];
    if (value === undefined) delete process.env[name];
    else process.env[name] = value;
  }
  return before;
}
