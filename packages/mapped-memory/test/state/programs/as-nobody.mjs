// Drops the rights of root, if it has them, calls one function and prints what came of it.
import * as state from "../../../src/state/index.ts"; // loaded while it may be read
const [exported, callArguments] = process.argv.slice(2);
if (process.getuid() === 0) {
  process.setgroups([]);
  process.setgid(65534);
  process.setuid(65534);
}
try {
  const call = new Map(Object.entries(state)).get(exported);
  console.log(JSON.stringify(call(...JSON.parse(callArguments)) ?? null));
} catch (error) {
  console.log(error.code ?? error.name, error.message);
}
