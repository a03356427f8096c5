/**
 * The mapped lock as it is, but for wake-ups that are dropped now and then. Waiters look as usual, and so mend
 * it after a moment: only who lets them look seldom finds it out.
 */
import { type Adapter, checkHandle, type Handle, type Lock, type LockProvider } from "@ticketlock/core"; // prettier-ignore
import { MappedMutex } from "@ticketlock/mapped-memory";
import { type MakeWord, RobustWord } from "@ticketlock/mapped-memory/building-blocks";
import { adapter as sound } from "@ticketlock/node-cluster/adapter";

export { lookSeldom } from "@ticketlock/node-cluster/adapter";

const module = "healed-processes";
const VERSION = 1;
const KIND = "mapped";
/** One of so many wake-ups reaches nobody, and says that it has reached one. */
const DROPS_EACH = 3;
const mapped = sound.locks.find((provider) => provider.kinds.has(KIND))!;
const kinds = new Map([[KIND, mapped.kinds.get(KIND)!]]);

let wakes = 0;

const makeWord: MakeWord = (words, at, me, port) =>
  new RobustWord(words, at, me, {
    ...port,
    wake: (count) => (++wakes % DROPS_EACH === 0 ? 1 : port.wake(count)),
  });

const locks: LockProvider = {
  module,
  kinds,
  async create(kind, options): Promise<Handle> {
    return { module, kind, version: VERSION, data: await mapped.create(kind, options) };
  },
  open(raw: Handle): Lock {
    const handle = checkHandle(raw, { module, kinds: kinds.keys(), version: VERSION });
    const { path } = (handle.data as Handle).data as { path: string };
    return Object.assign(new MappedMutex(path, { temporary: true, makeWord }), { handle });
  },
};

export const adapter: Adapter = { ...sound, name: module, url: import.meta.url, locks: [locks] };
