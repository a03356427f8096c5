import { openMappedMutex } from "../../src/index.ts";

/** Opens somebody's lock, and one of its own beside it, as a user without rights: nothing is refused to root. */
if (process.getuid!() === 0) {
  process.setgroups!([]);
  process.setgid!(65_534);
  process.setuid!(65_534);
}
function attempt(path: string): string {
  try {
    openMappedMutex(path).close();
    return "opened";
  } catch (error) {
    return (error as { code?: string }).code ?? String(error);
  }
}
const path = process.argv[2]!;
console.log(JSON.stringify({ existing: attempt(path), own: attempt(`${path}-own`) }));
