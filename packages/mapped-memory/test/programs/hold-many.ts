import { openMappedMutex } from "../../src/index.ts";

/** Holds as many locks as it is told to, for ever. */
const [directory = "", count = "0"] = process.argv.slice(2);
for (let i = 0; i < Number(count); i++)
  openMappedMutex(`${directory}/${i}`, { maxContenders: 1 }).acquireSync();
process.on("message", () => {});
process.send!("up");
