import { checkModel } from "./check-model.ts";
import { violationOf } from "./fair-cycles.ts";
import { Machine, type Move, type Outcome } from "./machine.ts";
import type { Model, Trace, TraceStep } from "./model.ts";
import type { State } from "./state.ts";
import { StateCodec } from "./state-codec.ts";
import { mayGoRound } from "./step-graph.ts";
import { stepOf } from "./trace.ts";
import type { Made } from "./visited-states.ts";

/** A step that has been made once more. */
interface Remade extends Made {
  readonly outcome: Outcome;
}

/**
 * Makes the steps of a trace once more, in the same model, and returns the violation to which they
 * lead now; `undefined` if to none. Steps that go round for ever are a violation if they come back to
 * where they began, nobody enters or ends in them, and nobody who could go on is left behind.
 * @throws {Error} if a step cannot be made, or is not what it was: the code or the model has changed.
 */
export function replayTrace(model: Model, trace: Trace): string | undefined {
  checkModel(model, undefined);
  const machine = new Machine(model);
  let { state, violation } = machine.start();
  violation ??= machine.wrongIn(state);
  const way: Remade[] = [];
  for (const [i, step] of trace.steps.entries()) {
    const move = moveOf(machine, state, step, i);
    const outcome = machine.take(state, move);
    checkSame(step, stepOf(machine, state, move, outcome), i);
    way.push({ before: state, move, outcome });
    state = outcome.state;
    violation ??= outcome.violation ?? machine.wrongIn(state);
  }
  if (violation !== undefined) return violation;
  if (trace.cycleFrom !== undefined) return wrongAround(machine, way.slice(trace.cycleFrom));
  return machine.isOver(state) ? machine.wrongAtEnd(state) : undefined;
}

/** What is wrong with going round these steps for ever, if one can. */
function wrongAround(machine: Machine, cycle: readonly Remade[]): string | undefined {
  const [first, last] = [cycle[0], cycle.at(-1)];
  if (first === undefined || !isSame(machine, first.before, last!.outcome.state)) return undefined;
  if (!cycle.every(({ move, outcome }) => mayGoRound(move, outcome))) return undefined;
  if (!cycle.every(({ before }) => machine.isAwaited(before))) return undefined;
  const movers = new Set(cycle.map(({ move }) => move.thread));
  for (let thread = 0; thread < machine.threads; thread++) {
    const rests = cycle.some(({ before }) => !machine.canGoOn(before, thread));
    if (!movers.has(thread) && !rests) return undefined;
  }
  const names = [...movers].sort((a, b) => a - b).map((thread) => machine.nameOf(thread));
  return violationOf(names);
}

function moveOf(machine: Machine, state: State, step: TraceStep, i: number): Move {
  const { thread, event, woken } = step;
  const names = woken?.join();
  const found = machine
    .moves(state)
    .find(
      (move) =>
        machine.nameOf(move.thread) === thread &&
        move.what === event &&
        move.woken?.map((one) => machine.nameOf(one)).join() === names,
    );
  if (found !== undefined) return found;
  throw new Error(
    `Cannot replay step ${i + 1}: there is no such move of ${thread} (${event}). The trace is of another model, or of other code.`,
  );
}

function checkSame(recorded: TraceStep, now: TraceStep, i: number): void {
  if (recorded.operation === now.operation && recorded.result === now.result) return;
  throw new Error(
    `Cannot replay step ${i + 1}: it was ${recorded.operation} = ${recorded.result} and is ${now.operation} = ${now.result}. The trace is of another model, or of other code.`,
  );
}

function isSame(machine: Machine, one: State, other: State): boolean {
  const codec = new StateCodec(machine.threads, machine.words.initial);
  const keys = [one, other].map((state) => {
    codec.encode(state);
    return codec.bytes.subarray(0, codec.length).join();
  });
  return keys[0] === keys[1];
}
