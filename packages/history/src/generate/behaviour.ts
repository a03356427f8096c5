import type { Operation } from "../history.ts";

/** A correct object and its clients, one of each for each object of a simulation. */
export interface Behaviour {
  /**
   * What a client does next, without its result; `undefined` if nothing at present.
   * @param left - how many calls may still begin, this one among them
   */
  next(client: string, left: number): Operation | undefined;
  /** Lets a call take effect and gives it its result; `undefined` if it has to wait. */
  take(client: string, operation: Operation): Operation | undefined;
  /** The client is gone. Gives what is to be told of it besides, if anything. */
  die(client: string): Operation | undefined;
}
