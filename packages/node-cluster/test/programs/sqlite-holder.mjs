// Opens the lock of a handle, takes it, says its token, and holds it until it is killed, or ends as told.
import { sqliteLocks } from "../../src/sqlite/sqlite-locks.ts";

const [handle, ending] = process.argv.slice(2);
const mutex = await sqliteLocks.open(JSON.parse(handle));
const guard = await mutex.acquire();
console.log(guard.token, guard.abandoned);
if (ending === "exit") process.exit(0);
if (ending === "throw") throw new Error("on purpose");
if (ending === "wait") await mutex.acquire();
setInterval(() => undefined, 1_000);
