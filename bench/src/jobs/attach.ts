import { type Adapter, openSession } from "@ticketlock/core";
import type { JobContext } from "@ticketlock/harness";
import { permittedToOpen } from "../figures/permitted-to-open.ts";
import { valuesOf } from "../run/measured-window.ts";
import type { AttachInput, AttachTimes } from "../workloads/attach.ts";

const WORKLOAD = new URL("../workloads/attach.ts", import.meta.url);
/** Fresh contenders for each kind; an odd number has a middle. */
const CONTENDERS = 5;

/** What a lock of a kind takes to be opened and first waited for, once in each of some fresh contenders. */
export interface Attached {
  readonly kind: string;
  readonly first: readonly AttachTimes[];
  /** The second lock of the kind in the same contender. */
  readonly second: readonly AttachTimes[];
}

/** Opens locks of each kind of an adapter in fresh contenders, and waits for them. */
export default async function attach({ adapters, signal }: JobContext): Promise<Attached[]> {
  const [adapter] = adapters;
  if (adapter?.launcher === undefined) return [];
  const attached: Attached[] = [];
  for (const { kinds } of adapter.locks)
    for (const kind of kinds.keys()) attached.push(await attachKind(adapter, kind, signal));
  return attached;
}

async function attachKind(adapter: Adapter, kind: string, signal: AbortSignal): Promise<Attached> {
  const provider = adapter.locks.find(({ kinds }) => kinds.has(kind))!;
  const handles = [await provider.create(kind), await provider.create(kind)];
  // Opened here as well: what nobody has open may go.
  const kept = await Promise.all(handles.map((handle) => provider.open(handle)));
  try {
    const times: AttachTimes[][] = [];
    for (let i = 0; i < CONTENDERS; i++) {
      const session = await openSession({
        adapters: permittedToOpen([adapter], handles),
        contenders: 1,
        lock: { count: 0 },
      });
      try {
        const input = { adapterUrl: adapter.url, handles };
        times.push(
          ...valuesOf(await session.run<AttachInput, AttachTimes[]>(WORKLOAD, input, { signal })),
        );
      } finally {
        await session.close();
      }
    }
    return {
      kind,
      first: times.map(([first]) => first!),
      second: times.map(([, second]) => second!),
    };
  } finally {
    for (const lock of kept) await lock.close();
  }
}
