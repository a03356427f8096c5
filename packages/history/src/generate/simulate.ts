import type { Call, Operation } from "../history.ts";
import type { Behaviour } from "./behaviour.ts";
import type { Random } from "./random.ts";
import { successorOf } from "./ticket-pool-behaviour.ts";

/** One client. Its call is under way unless it is idle; a waiting one is looked at after each effect. */
interface Client {
  name: string;
  does: "idle" | "called" | "waits" | "took effect";
  atNs: number;
  object: string;
  /** With its result, once it has taken effect. */
  operation: Operation | undefined;
  asked: Operation | undefined;
  calledNs: number;
}

export interface SimulationOptions {
  readonly clients: number;
  readonly calls: number;
  /** By object. */
  readonly behaviours: ReadonlyMap<string, Behaviour>;
  /** How often a client dies within a call, from 0 to 1. It comes back under another name. */
  readonly crashes: number;
  readonly random: Random;
}

/**
 * Clients that call correct objects: each call takes effect at an instant between its beginning and
 * its return, and now and then takes much longer than others. In the order in which the calls ended.
 */
export function simulate(options: SimulationOptions): readonly Call[] {
  return new Simulation(options).run();
}

function isUnderWay({ does }: Client): boolean {
  return does === "called" || does === "took effect";
}

class Simulation {
  readonly #options: SimulationOptions;
  readonly #clients: Client[];
  readonly #objects: readonly string[];
  readonly #calls: Call[] = [];
  #begun = 0;

  constructor(options: SimulationOptions) {
    this.#options = options;
    this.#objects = [...options.behaviours.keys()];
    this.#clients = Array.from({ length: options.clients }, (_, i) => ({
      name: `client ${i + 1}`,
      does: "idle",
      atNs: options.random.below(100),
      object: "",
      operation: undefined,
      asked: undefined,
      calledNs: 0,
    }));
  }

  run(): readonly Call[] {
    while (this.#begun < this.#options.calls || this.#clients.some(isUnderWay)) {
      const client = this.#clients.reduce((a, b) => (b.atNs < a.atNs ? b : a));
      if (client.does === "idle") this.#begin(client);
      else if (client.does === "called") this.#takeEffect(client);
      else this.#return(client);
    }
    // Who still waits for a lock waits for ever: there are no more calls to free it.
    for (const client of this.#clients) if (client.does === "waits") this.#note(client, undefined);
    return this.#calls;
  }

  #begin(client: Client): void {
    const left = this.#options.calls - this.#begun;
    // Who may hold a lock goes on with that lock.
    const last = client.operation?.name;
    if (last !== "acquire" && last !== "tryAcquire")
      client.object = this.#options.random.pick(this.#objects)!;
    const operation = left > 0 ? this.#behaviour(client).next(client.name, left) : undefined;
    client.calledNs = client.atNs;
    client.atNs += this.#latencyNs();
    client.operation = operation;
    client.asked = operation;
    if (operation === undefined) return;
    client.does = "called";
    this.#begun++;
  }

  #takeEffect(client: Client): void {
    if (this.#options.random.chance(this.#options.crashes / 2)) {
      this.#crash(client);
      return;
    }
    const done = this.#behaviour(client).take(client.name, client.operation!);
    if (done === undefined) {
      client.does = "waits";
      client.atNs = Infinity;
      return;
    }
    this.#wake(client.atNs);
    client.operation = done;
    client.does = "took effect";
    client.atNs += this.#latencyNs();
    if (this.#options.random.chance(this.#options.crashes / 2)) this.#crash(client);
  }

  #return(client: Client): void {
    this.#note(client, BigInt(client.atNs));
    client.does = "idle";
    client.atNs += this.#latencyNs();
  }

  #crash(client: Client): void {
    this.#note(client, undefined);
    const told = this.#behaviour(client).die(client.name);
    client.calledNs = client.atNs;
    client.asked = told;
    if (told !== undefined) this.#note(client, undefined);
    client.operation = undefined;
    client.name = successorOf(client.name);
    client.does = "idle";
    this.#wake(client.atNs);
    client.atNs += this.#latencyNs();
  }

  /** Those that wait look again, in any order. */
  #wake(atNs: number): void {
    for (const client of this.#clients) {
      if (client.does !== "waits") continue;
      client.does = "called";
      client.atNs = atNs + 1 + this.#options.random.below(10);
    }
  }

  #note(client: Client, returnedNs: bigint | undefined): void {
    this.#calls.push({
      client: client.name,
      object: client.object,
      operation: (returnedNs === undefined ? client.asked : client.operation)!,
      calledNs: BigInt(client.calledNs),
      returnedNs,
      line: this.#calls.length + 2, // behind a header
    });
  }

  #behaviour({ object }: Client): Behaviour {
    return this.#options.behaviours.get(object)!;
  }

  #latencyNs(): number {
    const { random } = this.#options;
    return 1 + random.below(random.chance(0.02) ? 2_000 : 100);
  }
}
