import { ContenderPipe } from "../../src/contender-pipe.ts";

/** Knows the key, and sends no JSON by it. */
const real = process.stdout.write.bind(process.stdout);
const pipe = await ContenderPipe.open();
real(`${pipe.greeting.key}{"message":\n`);
