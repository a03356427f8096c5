import { openMappedMutex } from "../../src/index.ts";

/** Says how opening a lock, and waiting for it without blocking, end. */
const said: unknown[] = [];
try {
  const mutex = openMappedMutex(process.argv[2]!);
  said.push("opened");
  const guard = mutex.acquireSync();
  await mutex.acquire({ timeoutMs: 50 }).catch((error: { code?: string }) => said.push(error.code));
  guard.release();
  mutex.close();
} catch (error) {
  said.push((error as { code?: string }).code, (error as Error).message);
}
console.log(JSON.stringify(said));
