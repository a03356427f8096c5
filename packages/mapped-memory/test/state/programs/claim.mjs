// Says "ready", waits for a line, and claims the names that its arguments list, of its own kind.
import { claimName, ownPath } from "../../../src/state/index.ts";
const [directory, kind, ...names] = process.argv.slice(2);
console.log("ready");
process.stdin.once("data", () => {
  const outcomes = names.map((name) => {
    const claim = () => claimName(directory, name, kind).kind;
    const own = () => (ownPath(`${directory}/${name}`).afterDeath ? "after a death" : "owner");
    try {
      return kind === "own" ? own() : claim();
    } catch (error) {
      return error.code;
    }
  });
  console.log(JSON.stringify(outcomes));
  if (kind !== "own") process.exit(); // an owner owns for as long as it lives
});
