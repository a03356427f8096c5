import type { Call, History, Settings } from "../src/index.ts";
import type { MutexOperation } from "../src/models/mutex.ts";
import type { RegisterOperation, RegisterValue } from "../src/models/register.ts";
import type { SoldTickets, TicketPoolOperation } from "../src/models/ticket-pool-operation.ts";

/**
 * The objects once more, written for nothing but plainness: the states that may follow, none if the
 * call cannot have its result. A call of unknown outcome may have any result that the state allows.
 */
type Spec<S, O> = (state: S, call: Call<O>, isKnown: boolean) => readonly S[];

const register: Spec<RegisterValue, RegisterOperation> = (state, { operation }, isKnown) => {
  if (operation.name === "write") return [operation.value];
  if (operation.name === "read") return !isKnown || operation.value === state ? [state] : [];
  const swaps = operation.expected === state;
  if (isKnown && operation.swapped !== swaps) return [];
  return [swaps ? operation.value : state];
};

interface Lock {
  readonly holder: string | null;
  /** Of the hold; null if it has none, or one that is not known. */
  readonly token: bigint | null;
  readonly last: bigint | null;
}

const mutex: Spec<Lock, MutexOperation> = (state, { operation, client }, isKnown) => {
  const { holder, last } = state;
  const free: Lock = { holder: null, token: null, last };
  switch (operation.name) {
    case "died":
      return [holder === client ? free : state];
    case "release": {
      const isOther = operation.token !== undefined && state.token !== null && operation.token !== state.token; // prettier-ignore
      if (holder === client && !isOther) return [free];
      return isKnown ? [] : [state];
    }
    case "tryAcquire":
      if (isKnown && operation.acquired === false) return holder === null ? [] : [state];
      if (!isKnown && holder !== null) return [state];
      break;
    case "acquire":
      break;
  }
  if (holder !== null) return [];
  const token = isKnown && operation.token !== undefined ? operation.token : null;
  if (token !== null && last !== null && token <= last) return [];
  return [{ holder: client, token, last: token ?? last }];
};

interface Pool {
  readonly sold: number;
  readonly sales: ReadonlyMap<string, SoldTickets>;
}

function pool(capacity: number): Spec<Pool, TicketPoolOperation> {
  return (state, { operation }, isKnown) => {
    const { sold, sales } = state;
    if (operation.name === "read")
      return !isKnown || operation.remaining === capacity - sold ? [state] : [];
    const { order, quantity, result } = operation;
    const before = sales.get(order);
    const fits = sold + quantity <= capacity;
    const sale = before ?? (fits ? { firstSerial: sold, quantity } : "sold out");
    if (isKnown && JSON.stringify(result) !== JSON.stringify(sale)) return [];
    if (before !== undefined || sale === "sold out") return [state];
    return [{ sold: sold + quantity, sales: new Map([...sales, [order, sale]]) }];
  };
}

function specOf(settings: Settings): {
  readonly initial: unknown;
  readonly spec: Spec<unknown, unknown>;
} {
  switch (settings.model) {
    case "register":
      return { initial: settings.initial, spec: register as Spec<unknown, unknown> };
    case "mutex":
      return {
        initial: { holder: null, token: null, last: null },
        spec: mutex as Spec<unknown, unknown>,
      };
    case "ticket-pool":
      return {
        initial: { sold: 0, sales: new Map() },
        spec: pool(settings.capacity) as Spec<unknown, unknown>,
      };
  }
}

/**
 * Tries every order of the calls that respects real time, and every choice of calls of unknown
 * outcome. All on one object.
 *
 * @param calls - of the history, some perhaps without their returns
 */
export function isLinearizable(history: History, calls: readonly Call[] = history.calls): boolean {
  const { initial, spec } = specOf(history.settings);
  const goOn = (state: unknown, left: readonly Call[]): boolean => {
    if (left.every(({ returnedNs }) => returnedNs === undefined)) return true;
    return left.some((call) => {
      if (left.some((other) => precedes(history, other, call))) return false;
      const others = left.filter((each) => each !== call);
      const next = spec(state, call, call.returnedNs !== undefined);
      return next.some((each) => goOn(each, others));
    });
  };
  return goOn(initial, calls);
}

function precedes({ clockErrorNs }: History, a: Call, b: Call): boolean {
  return a.returnedNs !== undefined && a.returnedNs < b.calledNs - 2n * clockErrorNs;
}

/** What had happened at a time. */
function until(calls: readonly Call[], ns: bigint): readonly Call[] {
  return calls
    .filter(({ calledNs }) => calledNs <= ns)
    .map((call) =>
      call.returnedNs !== undefined && call.returnedNs > ns
        ? { ...call, returnedNs: undefined }
        : call,
    );
}

/** How many calls return in the longest valid prefix. No two ends of calls may be at the same time. */
export function longestValidPrefix(history: History): number {
  const returns = history.calls
    .flatMap(({ returnedNs }) => (returnedNs === undefined ? [] : [returnedNs]))
    .sort((a, b) => (a < b ? -1 : 1));
  const misfit = returns.findIndex((ns) => !isLinearizable(history, until(history.calls, ns)));
  return misfit < 0 ? returns.length : misfit;
}

/** What is wrong with `order` as a valid order of all that had returned before `endNs`; `undefined` if nothing is. */
export function faultOfOrder(
  history: History,
  order: readonly Call[],
  endNs: bigint,
): string | undefined {
  const returned = history.calls.filter(({ returnedNs }) => returnedNs !== undefined && returnedNs < endNs); // prettier-ignore
  const missing = returned.find((call) => !order.includes(call));
  if (missing !== undefined) return `line ${missing.line} is missing`;
  if (new Set(order).size < order.length) return "a call is in it twice";
  for (const [i, a] of order.entries()) {
    if (a.calledNs >= endNs) return `line ${a.line} began later`;
    if (order.slice(0, i).some((b) => precedes(history, a, b))) return `line ${a.line} is too late`;
  }
  const { initial, spec } = specOf(history.settings);
  let states: readonly unknown[] = [initial];
  for (const call of order) {
    states = states.flatMap((state) => spec(state, call, returned.includes(call)));
    if (states.length === 0) return `line ${call.line} does not fit`;
  }
  return undefined;
}
