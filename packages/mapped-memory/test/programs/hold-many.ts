import { openMappedMutex } from "../../src/index.ts";

/** Opens as many locks as it is told to, closes every third, and holds the others for ever. */
const [directory = "", count = "0", closes = "false"] = process.argv.slice(2);
const mutexes = Array.from({ length: Number(count) }, (_, i) =>
  openMappedMutex(`${directory}/${i}`, { maxContenders: 1 }),
);
const closed = mutexes.filter((_, i) => closes === "true" && i % 3 === 0);
// From both ends of the list towards its middle.
while (closed.length > 0) {
  closed.pop()!.close();
  closed.shift()?.close();
}
for (const mutex of mutexes) if (!isClosed(mutex)) mutex.acquireSync();
process.on("message", () => {});
process.send!("up");

function isClosed(mutex: (typeof mutexes)[number]): boolean {
  try {
    return mutex.query().held;
  } catch {
    return true;
  }
}
