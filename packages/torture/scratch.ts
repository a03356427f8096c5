import { listAdapters } from "@ticketlock/harness";
import { readCatalogue } from "./src/plan/catalogue.ts";
import { drawRound } from "./src/plan/draw-round.ts";
import { BaseFolder } from "./src/run/base-folder.ts";
import { RoundPlayer } from "./src/run/round-player.ts";
const [seed, from, to, fault = "", castName = "", lock = "", max = "1000"] = process.argv.slice(2);
const t0 = performance.now();
const catalogue = await readCatalogue(listAdapters());
console.log(catalogue.casts.map((c) => `${c.name}: ${c.unit} locks ${c.locks.map((l) => l.kind)} stores ${c.stores.map((s) => s.kind)}`).join("\n"), performance.now() - t0);
const base = new BaseFolder();
const stop = new AbortController(); process.on("SIGINT", () => stop.abort(new Error("stop")));
const player = new RoundPlayer({ catalogue, base, signal: stop.signal, limitMs: 30_000 });
let n = 0;
try {
  for (let r = Number(from); r < Number(to) && n < Number(max); r++) {
    const plan = drawRound(Number(seed), r, catalogue.casts);
    if (fault && plan.fault !== fault) continue;
    if (castName && plan.cast !== castName) continue;
    if (lock && plan.lock !== lock) continue;
    n++;
    const t = performance.now();
    await player.play([plan], 1e9, (round) => {
      console.log(r, plan.fault, plan.cast, plan.lock, plan.store, plan.style, `x${plan.contenders}`, `${Math.round(performance.now() - t)} ms`, JSON.stringify(Object.fromEntries([...round.counts.entries()].map(([k, v]) => [k, v.trials]))), round.recoveries.map((x) => `${x.what} ${x.ms.toFixed(1)}`).join(","), round.histories.map((h) => h.read.history.calls.length + "/" + h.read.verdict.objects.map(o=>o.method)).join());
      for (const f of round.findings) console.log("   !!", f.promise, f.sentence.slice(0, 600));
    });
  }
} finally { base.remove(); }
