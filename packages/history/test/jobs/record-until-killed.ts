/** Adds to a register, by a recorder, until it is killed; says once that it is well under way. */
import { openSync, writeSync } from "node:fs";
import process from "node:process";
import { headerLine, HistoryRecorder } from "../../src/index.ts";

const file = openSync(process.argv[2]!, "a");
const write = (line: string): void => void writeSync(file, line);
write(headerLine({ model: "register", initial: 0 }));
const recorder = new HistoryRecorder({ client: "a", nowNs: process.hrtime.bigint, write });
for (let value = 0; ; value++) {
  recorder
    .call("cas", { arguments: { expected: value, value: value + 1 } })
    .returned({ swapped: true });
  if (value === 100) process.stdout.write("under way\n");
}
