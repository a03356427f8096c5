import { playWith } from "../processes/play-with.ts";
import { say } from "./say.ts";

// The same by an owner in Deno, for locks and stores that no other runtime opens.
const [what, kind, missing] = process.argv.slice(2) as ["lock" | "store", string, string?];
say(await playWith(what, kind, missing));
