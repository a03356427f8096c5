/** A program of its own that starts a job, prints the id of the job's process, and is then killed. */
import { runJob } from "../../src/index.ts";

const [directory = "", moduleUrl = ""] = process.argv.slice(2);
const entry = {
  name: "a",
  packageName: "a",
  directory,
  moduleUrl,
  runtime: "node",
  flags: [],
} as const;
await runJob(entry, new URL("./own-id.ts", import.meta.url), null, {
  onEvent: (event) => console.log(String(event)),
});
