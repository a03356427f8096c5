import { DatabaseSync } from "node:sqlite";
import { say } from "./say.ts";

// Deno KV's own connection cannot be asked. It is of the same library, and sets the journal's mode only.
const database = new DatabaseSync(process.argv[2]!);
const pragma = (name: string): unknown => database.prepare(`PRAGMA ${name}`).get()?.[name];
say({ journal: pragma("journal_mode"), synchronous: pragma("synchronous") });
database.close();
