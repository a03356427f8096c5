import { openMappedMutex } from "../../src/index.ts";

/** Says how opening a lock ends. */
try {
  openMappedMutex(process.argv[2]!).close();
  console.log("opened");
} catch (error) {
  console.log((error as { code?: string }).code);
}
