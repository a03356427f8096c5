import { existsSync, readFileSync } from "node:fs";
import { type Note, partName } from "../contender/notes.ts";

/** At which point of which call a client has died, as it noted by itself; `undefined` if it died of something else. */
export function placeOfDeath(folder: string, client: string): string | undefined {
  const path = `${folder}/${partName("notes", client)}`;
  if (!existsSync(path)) return undefined;
  const line = readFileSync(path, "utf8").split("\n").findLast((one) => one.includes('"died"')); // prettier-ignore
  const note = line === undefined ? undefined : (JSON.parse(line) as Note);
  return note?.what === "died" ? note.where : undefined;
}
