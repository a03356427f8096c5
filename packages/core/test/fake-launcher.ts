import {
  type Adapter,
  type Contender,
  type ContenderExit,
  type Launcher,
  type PausableContender,
  serveContender,
  type StartedContender,
  type StartOptions,
} from "../src/index.ts";
import { fakeLocks } from "./fake-lock.ts";
import { fakeStores } from "./fake-store.ts";

type FakeWorkload = (contender: Contender, input: unknown) => unknown;

/** A module as contenders import it: what it exports, or what importing it throws. */
type FakeModule = Record<string, unknown> | Error;

/** Contenders in the test's own thread. Messages are cloned and delivered in order, each in a turn of its own. */
class FakeContender implements StartedContender {
  readonly id: number;
  readonly exited: Promise<ContenderExit>;
  /** Messages from the owner are lost, as if the thread were blocked. */
  deaf = false;
  #end!: (exit: ContenderExit) => void;
  #listener: (message: unknown) => void = () => {};
  #over = false;

  constructor({ index, onMessage }: StartOptions, modules: ReadonlyMap<string, FakeModule>) {
    this.id = 100 + index;
    this.exited = new Promise((resolve) => (this.#end = resolve));
    serveContender({
      post: (message) => this.#deliver(message, onMessage),
      listen: (listener) => void (this.#listener = listener),
      nowNs: () => process.hrtime.bigint(),
      importModule: async (url) => {
        // Longer than a message takes: an import reads files.
        for (let turn = 0; turn < 3; turn++) await new Promise((resolve) => setImmediate(resolve));
        const module = modules.get(url);
        if (module === undefined) throw new Error(`no module ${url}`);
        if (module instanceof Error) throw module;
        return module;
      },
      end: () => this.exit({ code: 0 }),
    });
  }

  post(message: unknown): void {
    this.#deliver(message, (copy) => this.deaf || this.#listener(copy));
  }

  kill(): void {
    this.exit({ code: 1 });
  }

  exit(exit: ContenderExit): void {
    this.#over = true;
    this.#end(exit);
  }

  #deliver(message: unknown, receive: (copy: unknown) => void): void {
    const copy: unknown = structuredClone(message);
    setImmediate(() => this.#over || receive(copy));
  }
}

/** A contender that reads nothing while it is paused, and all of it afterwards. */
export class PausableFakeContender extends FakeContender implements PausableContender {
  readonly calls: string[] = [];
  #held: unknown[] | undefined;

  override post(message: unknown): void {
    if (this.#held === undefined) super.post(message);
    else this.#held.push(structuredClone(message));
  }

  pause(): void {
    this.calls.push("pause");
    this.#held ??= [];
  }

  resume(): void {
    this.calls.push("resume");
    const held = this.#held ?? [];
    this.#held = undefined;
    for (const message of held) super.post(message);
  }
}

/** An adapter with a launcher, a lock kind and a store, all within the test's thread. */
export class FakeAdapter implements Adapter {
  readonly name = "fake";
  readonly url = "test:adapter";
  readonly locks: readonly [ReturnType<typeof fakeLocks>] = [fakeLocks()];
  readonly stores: readonly [ReturnType<typeof fakeStores>] = [fakeStores()];
  readonly launcher: Launcher;
  readonly started: FakeContender[] = [];
  /** Contenders of these indexes cannot be started, or never answer. */
  unstartable: number | undefined;
  deafAtStart: number | undefined;
  /** Which contenders can be paused. */
  pausable: (index: number) => boolean = () => false;
  /** What was given to each start, by index: to post what only a forger would. */
  readonly startOptions: StartOptions[] = [];
  readonly #modules = new Map<string, FakeModule>();

  constructor() {
    this.#modules.set(this.url, { adapter: this });
    this.launcher = {
      runtime: "node",
      unit: "thread",
      scope: "threads",
      nowNs: () => process.hrtime.bigint(),
      start: async (options) => {
        if (options.index === this.unstartable) throw new Error("no thread to be had");
        this.startOptions[options.index] = options;
        const kind = this.pausable(options.index) ? PausableFakeContender : FakeContender;
        const contender = new kind(options, this.#modules);
        contender.deaf = options.index === this.deafAtStart;
        this.started.push(contender);
        return contender;
      },
    };
  }

  /** Makes a module that contenders can load as a workload, and returns its URL. */
  workload(workload: FakeWorkload): URL {
    return this.module({ default: workload });
  }

  module(module: FakeModule): URL {
    const url = new URL(`test:workload-${this.#modules.size}`);
    this.provide(url.href, module);
    return url;
  }

  /** Lets the contenders of this launcher, and no others, import `module` by a URL of one's own. */
  provide(url: string, module: FakeModule): void {
    this.#modules.set(url, module);
  }
}
