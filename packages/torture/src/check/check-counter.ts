import type { Note } from "../contender/notes.ts";

/**
 * Looks whether a counter that was read and written under the lock has every step: values rise by one from
 * hold to hold, but that each client that died may have counted once without saying so.
 *
 * @param counter - what it shows at the end
 * @param deaths - how many clients died
 */
export function counterFaults(
  notes: readonly { readonly client: string; readonly notes: readonly Note[] }[],
  counter: number,
  deaths: number,
): string[] {
  const counted = notes
    .flatMap(({ client, notes: own }) => own.map((note) => ({ client, note })))
    .flatMap(({ client, note }) => (note.what === "counted" ? [{ client, ...note }] : []))
    .toSorted((a, b) => a.token - b.token);
  const faults: string[] = [];
  let last = { value: 0, client: "nobody", token: 0 };
  for (const one of counted) {
    if (one.value <= last.value)
      faults.push(`${one.client} counted to ${one.value} with token ${one.token}, after ${last.client} had to ${last.value} with token ${last.token}`); // prettier-ignore
    last = one;
  }
  const silent = counter - counted.length;
  if (silent < 0)
    faults.push(`${counted.length} steps were counted, and the counter shows ${counter}`);
  if (silent > deaths)
    faults.push(`the counter shows ${counter}, ${silent} more than was counted, and ${deaths} clients died`); // prettier-ignore
  return faults.slice(0, 3);
}
