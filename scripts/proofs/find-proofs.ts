import { existsSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import type { Proof } from "../../packages/explorer/src/index.ts";
import { workspacePackages } from "../workspace.ts";

/**
 * The proofs of a workspace: what `test/proofs.ts` of each package exports under the name `proofs`.
 * Whoever owns a lock lists them there; adding a lock needs no edit here.
 */
export async function findProofs(root: string): Promise<readonly Proof[]> {
  const proofs: Proof[] = [];
  for (const { folder, path } of workspacePackages(root)) {
    const file = join(folder, "test", "proofs.ts");
    if (!existsSync(file)) continue;
    const module = (await import(pathToFileURL(file).href)) as {
      readonly proofs?: readonly Proof[];
    };
    if (module.proofs === undefined)
      throw new Error(`cannot prove: ${path}/test/proofs.ts exports no list named proofs`);
    proofs.push(...module.proofs);
  }
  return proofs;
}
