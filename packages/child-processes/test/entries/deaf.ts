import { ContenderPipe } from "../../src/contender-pipe.ts";

/** Says that all is well, and then reads nothing any more. */
const pipe = await ContenderPipe.open();
for (const type of ["up", "opened"]) pipe.post({ type });
pipe.post({ type: "loaded", run: 1 });
process.stdin.pause();
process.stdin.removeAllListeners("data");
const nobody = new Int32Array(new SharedArrayBuffer(4));
for (;;) Atomics.wait(nobody, 0, 0);
