import {
  type ContenderExit,
  isPausableContender,
  type Launcher,
  type PausableContender,
  type StartedContender,
  type StartOptions,
} from "./adapter.ts";
import { fromWireError, TicketlockError, toWireError, type WireError } from "./errors.ts";
import { type ContenderMessage, type OwnerMessage, parseContenderMessage } from "./protocol.ts";
import type { Rendezvous } from "./rendezvous.ts";
import { MEET_TOPIC } from "./serve-contender.ts";
import type { Outcome } from "./session.ts";

/** What a run's contenders may ask of its owner. */
export interface RunHooks {
  readonly rendezvous: Rendezvous;
  readonly onRequest: ((topic: string, body: unknown, index: number) => unknown) | undefined;
  readonly onSend: ((topic: string, body: unknown, index: number) => void) | undefined;
  /** Tail of the chain in which requests are answered, one after the other. */
  requests: Promise<void>;
}

type Message<T extends ContenderMessage["type"]> = Extract<ContenderMessage, { type: T }>;
/** The messages that the owner waits for, and what it learns from them. */
type Answer = "up" | "opened" | "loaded" | "done";
interface Result {
  readonly value?: unknown;
  readonly error?: WireError | undefined;
}

/** How long a contender may take to end by itself before it is killed. */
const END_GRACE_MS = 2_000;

/** The owner's side of one contender: posts to it, waits for its answers, and notices its end. */
export class Member {
  readonly index: number;
  readonly #limitMs: number;
  readonly #waiting = new Map<Answer, (result: Result) => void>();
  #contender: StartedContender | undefined;
  #exit: ContenderExit | undefined;
  #isPaused = false;
  #hooks: RunHooks | undefined;
  #run = 0;
  #loadError: WireError | undefined;
  #sendError: TicketlockError | undefined;
  #killTimer: ReturnType<typeof setTimeout> | undefined;

  private constructor(index: number, limitMs: number) {
    this.index = index;
    this.#limitMs = limitMs;
  }

  /** Starts a contender and waits until it can be talked to. */
  static async start(
    launcher: Launcher,
    index: number,
    limitMs: number,
    rights: Pick<StartOptions, "opens" | "writes" | "ffi">,
  ): Promise<Member> {
    const member = new Member(index, limitMs);
    const up = member.#next("up", limitMs);
    try {
      member.#contender = await launcher.start({
        ...rights,
        index,
        onMessage: (message) => member.#receive(message),
      });
    } catch (error) {
      member.#deliver("up", {}); // ends the time limit
      throw error;
    }
    void member.#contender.exited.then((exit) => {
      member.#exit = exit;
      for (const type of [...member.#waiting.keys()]) member.#deliver(type, member.#gone());
    });
    const { error } = await up;
    if (error === undefined) return member;
    await member.crash();
    throw fromWireError(error);
  }

  get id(): number {
    return this.#contender!.id;
  }

  async open(message: Extract<OwnerMessage, { type: "open" }>): Promise<void> {
    const { error } = await this.#ask(message, "opened", this.#limitMs);
    if (error !== undefined) throw fromWireError(error);
  }

  /** Lets the contender load the workload of a run. */
  async load(message: Extract<OwnerMessage, { type: "load" }>, hooks: RunHooks): Promise<void> {
    this.#hooks = hooks;
    this.#run = message.run;
    this.#sendError = undefined;
    this.#loadError = (await this.#ask(message, "loaded", this.#limitMs)).error;
  }

  /** True if the contender can start the run that it was to load. */
  get isReady(): boolean {
    return this.#loadError === undefined && this.#exit === undefined;
  }

  async start<O>(run: number, startedNs: bigint): Promise<Outcome<O>> {
    const { value, error } =
      this.#loadError === undefined
        ? await this.#ask(
            { type: "start", run, startedNs: String(startedNs) },
            "done",
            Infinity,
          ).catch((error: unknown): Result => ({ error: toWireError(error) }))
        : { error: this.#loadError };
    if (this.#killTimer !== undefined) clearTimeout(this.#killTimer);
    this.#killTimer = undefined;
    this.#hooks = undefined; // for this contender the run is over: nobody is there to hear what comes late
    if (this.#exit !== undefined && error !== undefined)
      return { status: "crashed", error: fromWireError(error) };
    if (this.#sendError !== undefined) return { status: "failed", error: this.#sendError };
    if (error === undefined) return { status: "done", value: value as O };
    return { status: "failed", error: fromWireError(error) };
  }

  /** Calls a run off; a contender that does not end it soon (it may block its thread) is killed. */
  abort(run: number): void {
    this.#tell({ type: "abort", run });
    if (this.#waiting.has("done"))
      this.#killTimer ??= setTimeout(() => this.#contender!.kill(), END_GRACE_MS);
  }

  async crash(): Promise<void> {
    this.#contender?.kill();
    await this.#contender?.exited;
  }

  /** True if the contender can be paused and resumed. */
  get isPausable(): boolean {
    return this.#contender !== undefined && isPausableContender(this.#contender);
  }

  async pause(): Promise<void> {
    const contender = this.#pausable("pause");
    this.#isPaused = true;
    await contender.pause();
  }

  async resume(): Promise<void> {
    const contender = this.#pausable("resume");
    this.#isPaused = false;
    await contender.resume();
  }

  async close(): Promise<void> {
    const contender = this.#contender;
    if (contender === undefined) return;
    // One that is paused could not hear that it is to end, nor clean up behind itself.
    if (this.#isPaused) await this.resume().catch(() => undefined); // else it is killed below
    this.#tell({ type: "close" });
    const timer = setTimeout(() => contender.kill(), END_GRACE_MS);
    await contender.exited;
    clearTimeout(timer);
  }

  #pausable(what: string): PausableContender {
    const contender = this.#contender!;
    if (!isPausableContender(contender))
      throw new TypeError(
        `Cannot ${what} contender ${this.index}: its launcher cannot pause contenders. Ask isPausableSession first.`,
      );
    if (this.#exit === undefined) return contender;
    throw new TicketlockError(
      "CONTENDER_CRASHED",
      `Cannot ${what} contender ${this.index}: it is gone.`,
    );
  }

  #post(message: OwnerMessage): void {
    if (this.#exit === undefined) this.#contender!.post(message);
  }

  /** Posts what nobody could answer for if it cannot be posted: a channel that refuses is about to end. */
  #tell(message: OwnerMessage): void {
    try {
      this.#post(message);
    } catch {
      // Its exit tells whoever waits for it.
    }
  }

  async #ask(message: OwnerMessage, answer: Answer, limitMs: number): Promise<Result> {
    const next = this.#next(answer, limitMs);
    try {
      this.#post(message);
    } catch (error) {
      this.#deliver(answer, {}); // ends the time limit
      throw error; // what the message carries cannot be sent
    }
    return next;
  }

  /** The contender's next message of this type; an error if it ends or takes too long instead. */
  #next(type: Answer, limitMs: number): Promise<Result> {
    if (this.#exit !== undefined) return Promise.resolve(this.#gone());
    return new Promise((resolve) => {
      const timer =
        limitMs === Infinity
          ? undefined
          : setTimeout(() => this.#deliver(type, this.#late(type, limitMs)), limitMs);
      this.#waiting.set(type, (result) => {
        if (timer !== undefined) clearTimeout(timer);
        resolve(result);
      });
    });
  }

  #deliver(type: Answer, result: Result): void {
    const waiting = this.#waiting.get(type);
    this.#waiting.delete(type);
    waiting?.(result);
  }

  #receive(raw: unknown): void {
    const message = parseContenderMessage(raw);
    if (message === undefined) return; // a workload may post what it likes to its parent; it is not for us
    if ("run" in message && message.run !== this.#run) return; // of a run that is over
    if (message.type === "request") this.#answer(message);
    else if (message.type === "send") this.#take(message);
    else this.#deliver(message.type, message.type === "up" ? {} : message);
  }

  #take({ topic, body }: Message<"send">): void {
    const hooks = this.#hooks;
    const fail = (error: unknown): void => {
      if (hooks !== this.#hooks) return; // too late for this run's outcome, and not the next one's
      const { code, message } = toWireError(error);
      this.#sendError ??= new TicketlockError(code, `onSend failed at ${topic}: ${message}`, {
        cause: error,
      });
    };
    // What it throws would end the owner's process, from within a listener of its launcher.
    try {
      const taken: unknown = hooks?.onSend?.(topic, body, this.index);
      if (taken instanceof Promise) taken.catch(fail);
    } catch (error) {
      fail(error);
    }
  }

  #answer({ id, topic, body }: Message<"request">): void {
    const hooks = this.#hooks;
    if (hooks === undefined) return; // it runs nothing
    const reply = (work: Promise<unknown>): Promise<void> =>
      work
        .then((value) => this.#post({ type: "reply", id, value }))
        // Also for an answer that cannot be sent.
        .catch((error: unknown) => this.#tell({ type: "reply", id, error: toWireError(error) }));
    // Meetings wait for others; the chain of requests must not wait with them.
    if (topic === MEET_TOPIC) return void reply(this.#meet(hooks, body));
    hooks.requests = hooks.requests.then(async () => {
      // The dead must not buy: while it stood in line nobody was left to be told the answer.
      if (this.#exit === undefined) await reply(this.#handle(hooks, topic, body));
    });
  }

  async #meet({ rendezvous }: RunHooks, name: unknown): Promise<void> {
    if (typeof name === "string") return rendezvous.come(this.index, name);
    throw new TicketlockError(
      "PROTOCOL_VIOLATION",
      "Cannot meet: the name of a meeting must be a string.",
    );
  }

  async #handle({ onRequest }: RunHooks, topic: string, body: unknown): Promise<unknown> {
    if (onRequest === undefined) {
      throw new TicketlockError(
        "PROTOCOL_VIOLATION",
        `Cannot answer the request ${topic}: the run has no onRequest.`,
      );
    }
    return onRequest(topic, body, this.index);
  }

  #gone(): Result {
    const { code, detail, reason } = this.#exit!;
    if (reason !== undefined) return { error: toWireError(reason) };
    const why = detail ?? `it ended with code ${code ?? "unknown"}`;
    return failure("CONTENDER_CRASHED", `Contender ${this.index} did not finish: ${why}.`);
  }

  #late(type: Answer, limitMs: number): Result {
    return failure(
      "CONTENDER_TIMEOUT",
      `Contender ${this.index} was not ${type} within ${limitMs} ms: its thread or process may be blocked.`,
    );
  }
}

function failure(code: "CONTENDER_CRASHED" | "CONTENDER_TIMEOUT", message: string): Result {
  return { error: { code, message } };
}
