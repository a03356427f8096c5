/** What a contender or the owner notes beside the histories; a line of JSON each. */
export type Note =
  /** It counted in the hold with this token, and left the counter at this value. */
  | { readonly what: "counted"; readonly token: number; readonly value: number }
  /** The guard said so. Written before the acquisition's return is: who has returned without it was not told. */
  | { readonly what: "abandoned"; readonly token: number }
  | { readonly what: "consistent"; readonly token: number; readonly state: "called" | "returned" }
  /** A commit with the token of a hold that was over. */
  | { readonly what: "late"; readonly refused: boolean }
  /** An order that had been sold was asked for again. */
  | { readonly what: "retried"; readonly order: string }
  /** A call failed in a way in which it must not. */
  | { readonly what: "failed"; readonly call: string; readonly error: string }
  /** It is about to die at a point of a call: which one it came to. */
  | { readonly what: "died"; readonly where: string }
  | { readonly what: "sent"; readonly messages: number };

/** The parts of a round's folder; each client has a file of its own of each. */
export const PARTS = ["lock", "store", "notes"] as const;
export type Part = (typeof PARTS)[number];

/** Name of a client's file; its beginning tells what it is. */
export function partName(part: Part, client: string): string {
  return `${part}-${client}.jsonl`;
}

/** Name of the file whose presence ends a wave. */
export function waveName(phase: string, wave: number): string {
  return `${phase}wave-${wave}.over`;
}

/** Name of the file that contenders count in. */
export const COUNTER_NAME = "counter";
