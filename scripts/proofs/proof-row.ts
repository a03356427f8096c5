import { explore, type Proof, type Verdict } from "../../packages/explorer/src/index.ts";

/**
 * How many states a proof may have on the page. They take some 50 bytes each; what is larger is
 * searched in part.
 */
const MAX_STATES = 2 ** 27;

/** What the page tells of one proof, by column. */
export interface ProofRow {
  readonly lock: string;
  readonly configuration: string;
  readonly deaths: string;
  readonly wakeOrder: string;
  readonly timeOuts: string;
  readonly states: string;
  readonly transitions: string;
  readonly depth: string;
  readonly order: string;
  readonly livelock: string;
  readonly verdict: string;
}

/** What says which proof it is, before anything is explored. */
export type ProofName = Pick<
  ProofRow,
  "lock" | "configuration" | "deaths" | "wakeOrder" | "timeOuts"
>;

export function nameOf(proof: Proof): ProofName {
  const {
    deaths = 0,
    wakeOrder = "fifo",
    spuriousWakeUps = false,
    timeOuts = true,
  } = proof.model();
  const { search } = proof;
  const also = [
    ...(proof.with === undefined ? [] : [proof.with]),
    ...(spuriousWakeUps ? ["waking by chance"] : []),
    ...(search === undefined ? [] : [searchName(search)]),
  ];
  return {
    lock: proof.lock,
    configuration: [`${proof.contenders} x ${proof.rounds}`, ...also].join(", "),
    deaths: String(deaths),
    wakeOrder: wakeOrder === "any" ? "any" : "FIFO",
    timeOuts: timeOuts ? "at any time" : "none",
  };
}

/** Explores, and tells what the page tells. The same code gives the same row on every machine. */
export function proofRow(proof: Proof): ProofRow {
  const model = { maxStates: MAX_STATES, ...proof.model() };
  const found = explore(model, proof.search);
  return {
    ...nameOf(proof),
    states: thousands(found.states),
    transitions: thousands(found.transitions),
    depth: String(found.depth),
    order: orderText(proof.rounds, found.maxBypass, model.bypassLimit),
    livelock: model.fairCycles === true && found.verdict === "proved" ? "none" : "not asked",
    verdict: verdictText(found),
  };
}

/** Where each comes once, no bound can be exceeded: then the order of places is all that is checked. */
function orderText(rounds: number, maxBypass: number, bypassLimit: number | undefined): string {
  if (bypassLimit === undefined) return "not asked";
  return rounds === 1 ? "by place" : `by place, overtaken ${maxBypass} of ${bypassLimit}`;
}

function verdictText({ verdict, violation, covered }: Verdict): string {
  if (verdict === "proved") return "proved";
  return verdict === "unknown" ? `unknown: ${covered}` : `VIOLATION: ${violation}`;
}

function searchName(search: NonNullable<Proof["search"]>): string {
  if ("preemptions" in search) return `at most ${search.preemptions} preemptions`;
  return `${thousands(search.runs)} random runs`;
}

function thousands(number: number): string {
  return String(number).replaceAll(/\B(?=(\d{3})+$)/g, " ");
}
