import { openMappedMutex } from "../../src/index.ts";

/** Opens a lock when it is told to, takes it once, and tells its token. */
process.once("message", () => {
  const mutex = openMappedMutex(process.argv[2]!);
  const guard = mutex.acquireSync();
  guard.release();
  process.send!(guard.token, () => process.disconnect?.());
});
process.send!("up");
