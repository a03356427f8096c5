import type { Machine, Move, Outcome } from "./machine.ts";
import type { Trace, TraceStep } from "./model.ts";
import type { Operation } from "./operation.ts";
import type { State } from "./state.ts";
import type { Made } from "./visited-states.ts";

/** A move as a step of a trace. */
export function stepOf(machine: Machine, before: State, move: Move, outcome: Outcome): TraceStep {
  const { thread, what, woken } = move;
  const operation = machine.operationOf(before, thread);
  const { state, result } = outcome;
  return {
    thread: machine.nameOf(thread),
    event: what,
    ...(woken === undefined ? {} : { woken: woken.map((one) => machine.nameOf(one)) }),
    ...(what === "steps" ? { operation: describe(machine, operation!) } : {}),
    ...(what === "steps" && result !== undefined ? { result } : {}),
    inside: machine.inside(state),
    asleep: machine.asleep(state),
  };
}

/** The trace of moves that lead to a violation. */
export function traceOf(machine: Machine, way: readonly Made[], violation: string): Trace {
  const steps = way.map(({ before, move }) =>
    stepOf(machine, before, move, machine.take(before, move)),
  );
  return { violation, steps };
}

/** The operation as the code calls it, but that a word has its name. */
function describe(machine: Machine, { name, word, value, expected, timed }: Operation): string {
  const at = machine.words.nameOf(word);
  if (name === "load") return `load(${at})`;
  if (name === "compareExchange") return `compareExchange(${at}, ${expected}, ${value})`;
  if (name === "notify") return value === Infinity ? `notify(${at})` : `notify(${at}, ${value})`;
  if (name === "poll") return `wait(${at}, ${value}, no time)`;
  return `${name}(${at}, ${value}${timed ? ", limited" : ""})`;
}

/** A trace for readers: a line for each step, and one for the violation. */
export function formatTrace({ violation, steps, cycleFrom }: Trace): string {
  const numbers = String(steps.length).length;
  const names = Math.max(0, ...steps.map(({ thread }) => thread.length));
  const actions = steps.map(actionOf);
  const width = Math.max(0, ...actions.map((action) => action.length));
  const lines = steps.map(({ thread, inside, asleep }, i) => {
    const standing = [
      ...(inside.length === 0 ? [] : [`inside: ${inside.join(", ")}`]),
      ...(asleep.length === 0 ? [] : [`asleep: ${asleep.join(", ")}`]),
    ].join("; ");
    const number = String(i + 1).padStart(numbers);
    return `${number}. ${thread.padEnd(names)}  ${actions[i]!.padEnd(width)}  ${standing}`.trimEnd();
  });
  const cycle = cycleFrom === undefined ? [] : [`and so on from step ${cycleFrom + 1}, for ever`];
  return [...lines, ...cycle, `violation: ${violation}`].join("\n");
}

function actionOf({ event, operation, result, woken = [] }: TraceStep): string {
  if (operation === undefined) return event;
  const whom = woken.length === 0 ? "" : ` (${woken.join(", ")})`;
  return `${operation}${result === undefined ? " sleeps" : ` = ${result}`}${whom}`;
}
