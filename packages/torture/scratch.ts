import { brokenEntry, hunt } from "./test/support/twins.ts";
const [adapter, lock, fault, store="", n="15", limit="4000", seed="1"] = process.argv.slice(2);
const t = performance.now();
const r = await hunt({ entry: brokenEntry(adapter), lock, store: store || undefined, seed: Number(seed), rounds: Number(n), limitMs: Number(limit),
  selects: (p) => fault.split(",").includes(p.fault) && (process.env.ST === undefined || p.style === process.env.ST) && (fault !== "terminate" || process.env.BLOCK === undefined || p.waves.some(w => w.injections.some(i => i.what === "terminate" && i.blockMs > 0))) });
console.log(adapter, lock, fault, store, `${r.rounds} rounds ${Math.round(performance.now()-t)} ms`, r.findings.slice(0,2).map(f => `${f.promise}: ${f.sentence.slice(0,220)}`));
