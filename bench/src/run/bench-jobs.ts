import { pathToFileURL } from "node:url";

/** The jobs of one tree of this workspace: what they run is that tree's code. */
export interface BenchJobs {
  readonly catalogue: URL;
  readonly conformance: URL;
  readonly block: URL;
}

/** The jobs of this tree. */
export const OWN_JOBS: BenchJobs = jobsBelow(new URL("../jobs/", import.meta.url));

/** The jobs of another tree. @param root - its top */
export function jobsOf(root: string): BenchJobs {
  return jobsBelow(new URL("bench/src/jobs/", pathToFileURL(`${root}/`)));
}

function jobsBelow(folder: URL): BenchJobs {
  return {
    catalogue: new URL("catalogue.ts", folder),
    conformance: new URL("conformance.ts", folder),
    block: new URL("block.ts", folder),
  };
}
