import type { BrokerRequest } from "./protocol.ts";

/** What a channel tells the client at its end. */
export interface ChannelListener {
  /** A message of the broker, not yet checked. Messages come in the order in which they were sent. */
  received(reply: unknown): void;
  /** The broker is out of reach for good. Called once. */
  closed(): void;
}

/**
 * Carries messages between one process and the broker. The lock knows nothing else of how they
 * travel, so a socket or a message port can take the place of the cluster's own channel.
 */
export interface BrokerChannel {
  /** Where the broker is, for messages: "the cluster primary (process 12)". */
  readonly brokerName: string;
  /** The process that the broker lives in; part of handles, so that one from elsewhere is refused. */
  readonly brokerProcessId: number;
  listen(listener: ChannelListener): void;
  /** Sends, in order. What ends a hold or a wait goes out even if congested: there is no more of it than was granted or asked. */
  post(request: BrokerRequest): void;
  /**
   * Sends with the next message of this process, or at the end of this turn of the event loop, or of
   * the process. Order is kept. For what nobody is known to wait for: two messages for the price of one.
   */
  postLater(request: BrokerRequest): void;
  /** The broker does not read: ask it nothing more until it does. */
  readonly congested: boolean;
}
