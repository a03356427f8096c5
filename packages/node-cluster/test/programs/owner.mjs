// Opens a session beside a cluster of the program's own, prints, and waits.
import cluster from "node:cluster";
import { openSession } from "@ticketlock/core";
import { adapter } from "@ticketlock/node-cluster/adapter";

const before = JSON.stringify(cluster.settings);
const session = await openSession({ adapters: [adapter], contenders: 2 });
const [workload, mode] = process.argv.slice(2);
let spinning = 0;
const running = session.run(
  new URL(workload),
  {},
  {
    onRequest() {
      if (++spinning === session.ids.length) console.log(JSON.stringify({ ids: session.ids }));
    },
  },
);
if (mode === "spin") await running;
else if (mode === "wait") {
  console.log(JSON.stringify({ ids: session.ids }));
  process.stdin.resume();
} else {
  const outcomes = await running;
  console.log(JSON.stringify({ outcomes, same: JSON.stringify(cluster.settings) === before }));
  await session.close();
}
