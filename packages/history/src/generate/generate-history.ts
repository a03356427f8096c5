import type { History, ModelName, Settings } from "../history.ts";
import type { Behaviour } from "./behaviour.ts";
import type { Mutation } from "./mutation.ts";
import { MutexBehaviour } from "./mutex-behaviour.ts";
import { mutexMutations } from "./mutex-mutations.ts";
import { Random } from "./random.ts";
import { RegisterBehaviour } from "./register-behaviour.ts";
import { registerMutations } from "./register-mutations.ts";
import { simulate } from "./simulate.ts";
import { TicketPoolBehaviour } from "./ticket-pool-behaviour.ts";
import { ticketPoolMutations } from "./ticket-pool-mutations.ts";

export interface GenerateOptions {
  /** One of `mutationNames(model)`: the history is then invalid for certain. Not with `crashes` or `objects`. */
  readonly mutate?: string;
  /** How often a client dies within a call, from 0 to 1. Default 0. */
  readonly crashes?: number;
  /** On how many objects. Default 1. */
  readonly objects?: number;
  /** How many different values are written to a register. Default: each is written once. */
  readonly values?: number;
  /** Whether acquisitions have fencing tokens. Default true. */
  readonly tokens?: boolean;
  /** Of a ticket pool. Default: half as many tickets as calls. */
  readonly capacity?: number;
}

const mutations: Readonly<Record<ModelName, Readonly<Record<string, Mutation>>>> = {
  register: registerMutations,
  mutex: mutexMutations,
  "ticket-pool": ticketPoolMutations,
};

/** The ways in which a generated history can be made invalid. */
export function mutationNames(model: ModelName): readonly string[] {
  return Object.keys(mutations[model]);
}

/**
 * Makes a history as a correct object would, with overlapping calls, some of them slow; the same
 * arguments make the same history. It is valid, unless `mutate` says otherwise.
 *
 * @throws {RangeError} if there is no such mutation, or the history has no place for it
 */
export function generateHistory(
  seed: number,
  model: ModelName,
  clients: number,
  calls: number,
  options: GenerateOptions = {},
): History {
  const { crashes = 0, objects = 1, mutate } = options;
  const { capacity = Math.max(1, calls >> 1) } = options;
  const random = new Random(seed);
  const names = Array.from({ length: objects }, (_, i) => (objects === 1 ? "" : `object ${i + 1}`));
  const behaviours = new Map(
    names.map((name) => [name, behaviourOf(model, random, { ...options, capacity })]),
  );
  const made = simulate({ clients, calls, behaviours, crashes, random });
  const settings = settingsOf(model, capacity);
  if (mutate === undefined) return { settings, calls: made, clockErrorNs: 0n };
  if (crashes > 0 || objects > 1)
    throw new RangeError(
      "Cannot mutate a history with crashes or several objects: it might stay valid. Leave them out.",
    );
  const mutation = Object.hasOwn(mutations[model], mutate) ? mutations[model][mutate] : undefined;
  if (mutation === undefined)
    throw new RangeError(
      `Cannot mutate by ${mutate}: allowed are ${mutationNames(model).join(", ")}.`,
    );
  const mutated = mutation(made, random, capacity);
  if (mutated === undefined)
    throw new RangeError(
      `Cannot mutate by ${mutate}: the history has no place for it. Take another seed, or more calls.`,
    );
  return { settings, calls: mutated, clockErrorNs: 0n };
}

function settingsOf(model: ModelName, capacity: number): Settings {
  if (model === "register") return { model, initial: null };
  return model === "mutex" ? { model } : { model, capacity };
}

function behaviourOf(
  model: ModelName,
  random: Random,
  { values = Infinity, tokens = true, capacity }: GenerateOptions & { readonly capacity: number },
): Behaviour {
  switch (model) {
    case "register":
      return new RegisterBehaviour(random, values);
    case "mutex":
      return new MutexBehaviour(random, tokens);
    case "ticket-pool":
      return new TicketPoolBehaviour(random, capacity);
  }
}
