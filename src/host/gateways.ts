// The router of this machine's network, as rings 1 and 2 see it. What is sent to it by UDP goes by host/datagram; only what
// nobody else needs is here.

import type { GatewayAnswer, GatewayQuestion } from '../core/nat/mapping.ts';

export interface Gateway {
  readonly host: string;
  /** This machine's address on its network. */
  readonly localHost: string;
}

export interface Gateways {
  /** Where what is for the Internet goes; undefined on a machine that has no such way. */
  find(): Promise<Gateway | undefined>;
  /**
   * Asks the gateway's own address by HTTP and follows no redirect; undefined where there is no answer, or one that is too
   * long. The answer gives up.
   */
  ask(
    gateway: Gateway,
    question: GatewayQuestion,
    done: (answer: GatewayAnswer | undefined) => void,
  ): () => void;
}
