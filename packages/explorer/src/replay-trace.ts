import { checkModel } from "./check-model.ts";
import { Machine, type Move } from "./machine.ts";
import type { Model, Trace, TraceStep } from "./model.ts";
import type { State } from "./state.ts";
import { StateCodec } from "./state-codec.ts";
import { stepOf } from "./trace.ts";

/**
 * Makes the steps of a trace once more, in the same model, and returns the violation to which they
 * lead now; `undefined` if to none.
 * @throws {Error} if a step cannot be made, or is not what it was: the code or the model has changed.
 */
export function replayTrace(model: Model, trace: Trace): string | undefined {
  checkModel(model, undefined);
  const machine = new Machine(model);
  let { state, violation } = machine.start();
  violation ??= machine.wrongIn(state);
  let cycleStart: State | undefined;
  for (const [i, step] of trace.steps.entries()) {
    if (i === trace.cycleFrom) cycleStart = state;
    const move = moveOf(machine, state, step, i);
    const outcome = machine.take(state, move);
    checkSame(step, stepOf(machine, state, move, outcome), i);
    state = outcome.state;
    violation ??= outcome.violation ?? machine.wrongIn(state);
  }
  // A cycle is one if it ends where it began.
  if (cycleStart !== undefined)
    return isSame(machine, cycleStart, state) ? trace.violation : undefined;
  return violation ?? (machine.isOver(state) ? machine.wrongAtEnd(state) : undefined);
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
