import { checkThreads } from "../../src/threads/check-threads.ts";

// Run by Bun: what a session does before it starts threads.
await checkThreads();
console.log(JSON.stringify("fit"));
