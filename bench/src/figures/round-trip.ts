import { alternate, ROUNDS } from "./alternate.ts";
import { CounterSession } from "./counter-session.ts";
import type { Figure, FigureContext, Measurement } from "./figure.ts";

const LOCK = "ipc";
const WINDOW_MS = 200;

/** A lock that the primary keeps, beside the message there and back that it cannot do without. */
export const roundTrip: Figure = {
  name: "ipc-round-trip",
  claim: "IpcMutex acquire + release uncontended: at most 1.3 times a raw message round trip",
  limit: { kind: "at-most", value: 1.3 },
  needs: { lock: LOCK },
  onlyWhenNamed: false,
  async measure({ adapter }: FigureContext): Promise<Measurement> {
    let session: CounterSession;
    let lost = 0;
    const {
      rounds,
      used: _,
      ...compared
    } = await alternate(
      async () => {
        const window = await session.window(WINDOW_MS);
        lost += window.lostUpdates;
        return window;
      },
      () => session.echo(WINDOW_MS),
      false,
      ROUNDS,
      // A fresh worker for each round, which does both: what its compiler made of them is then no difference.
      async (round) => {
        session = await CounterSession.open(adapter!, LOCK, 1, { async: true });
        try {
          await session.echo(WINDOW_MS / 2); // warms up
          await round();
        } finally {
          await session.close();
        }
      },
    );
    return {
      ...compared,
      unit: "ns/op",
      detail: `${ROUNDS} rounds of ${WINDOW_MS} ms in turn, each in a fresh worker that does both; the control is process.send of an object of a request's size, sent back by the primary, with the serialization of the same cluster; ${rounds}`,
      faults: lost === 0 ? [] : [`${lost} lost updates`],
    };
  },
};
