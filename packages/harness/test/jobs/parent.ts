/** A program of its own that starts a job, prints the id of the job's process, and is then killed. */
import { type AdapterEntry, runJob } from "../../src/index.ts";

const [entry = "", how = ""] = process.argv.slice(2);
await runJob(JSON.parse(entry) as AdapterEntry, new URL("./own-id.ts", import.meta.url), how, {
  onEvent: (event) => console.log(String(event)),
});
