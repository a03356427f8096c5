// Any process of the user: opens a name, says what it is, takes the lock and ends as told.
import { openMutex } from "@ticketlock/node-cluster";

const [stateDirectory, name, kind, ending] = process.argv.slice(2);
const say = (...words) => console.log(...words);
try {
  const mutex = await openMutex(name, { stateDirectory, ...(kind === "any" ? {} : { kind }) });
  say("kind", mutex.handle.kind);
  const guard = await mutex.acquire();
  say("token", guard.token, guard.abandoned);
  if (ending === "hold") await new Promise((resolve) => setTimeout(resolve, 600_000));
  if (ending === "consistent") guard.markConsistent();
  guard.release();
  mutex.close();
} catch (error) {
  say(error.code, error.message);
}
