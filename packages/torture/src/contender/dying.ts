import { type DeathPoint, describePoint, dieHere, Failpoints } from "@ticketlock/conformance/kit";
import type { Contender, Launcher } from "@ticketlock/core";
import type { Injection } from "../plan/round-plan.ts";
import type { HistoryFiles } from "./history-files.ts";

export type PointOfDeath = Extract<Injection, { what: "point" }>;

const AT_THE_CALL: DeathPoint = { moment: "at the call", nth: 0 };

/** Lets one contender die at a point of its own calls on a lock. */
export class Dying {
  readonly #contender: Contender;
  readonly #unit: Launcher["unit"];
  readonly #files: HistoryFiles;
  #failpoints: Failpoints | undefined;

  constructor(contender: Contender, unit: Launcher["unit"], files: HistoryFiles) {
    this.#contender = contender;
    this.#unit = unit;
    this.#files = files;
  }

  /**
   * Makes a call, in which the contender dies if it comes to the point. Operations are counted from one call to
   * the next. `surely`: it dies at the call, whatever the point is; where it died is noted.
   */
  async call<T>(
    { point, during }: PointOfDeath,
    surely: boolean,
    make: () => Promise<T>,
  ): Promise<T> {
    const die = (where: DeathPoint): never => this.#die(`${during}: ${describePoint(where)}`);
    const failpoints = (this.#failpoints ??= new Failpoints(point, () => die(point)));
    failpoints.install();
    try {
      failpoints.reach("at the call");
      if (surely) die(AT_THE_CALL);
      const made = make();
      failpoints.reach("on return");
      return await made;
    } finally {
      failpoints.remove();
    }
  }

  #die(where: string): never {
    this.#failpoints?.remove();
    this.#files.note({ what: "died", where });
    this.#files.died();
    dieHere(this.#contender, this.#unit);
  }
}
