/** `pnpm check:dependencies`: fails if a package depends on one it must not know. */
import { dependencyFaults } from "./dependency-direction.ts";
import { repositoryRoot } from "./workspace.ts";

const faults = dependencyFaults(repositoryRoot);
for (const fault of faults) console.error(fault);
if (faults.length > 0) process.exitCode = 1;
else console.log("all packages depend in one direction");
