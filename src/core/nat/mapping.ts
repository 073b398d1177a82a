// What all ways of having a router open a port have in common: what is wished for, what comes of it, and what has to be
// done for it on the way. Each way is a value that is told facts and polled for outputs.

export type Transport = 'tcp' | 'udp';

export type MappingWay = 'upnp' | 'nat-pmp' | 'pcp';

export interface MappingWish {
  /** The router: all that is ever spoken to. */
  readonly gateway: string;
  /** This machine's address on the router's network. */
  readonly localHost: string;
  /** Where this machine listens, by TCP and by UDP. */
  readonly port: number;
}

/** What stands open at the router. */
export interface Mapped {
  readonly way: MappingWay;
  /** Of the router on its other side; undefined where it does not say. */
  readonly externalHost: string | undefined;
  readonly tcpPort: number | undefined;
  readonly udpPort: number | undefined;
}

/** A request by HTTP, always to the gateway itself. */
export interface GatewayQuestion {
  readonly method: 'GET' | 'POST';
  readonly port: number;
  /** From the slash on. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

export interface GatewayAnswer {
  readonly status: number;
  readonly body: Uint8Array;
}

export type MappingOutput =
  | { readonly type: 'send'; readonly bytes: Uint8Array; readonly host: string; readonly port: number }
  | { readonly type: 'ask'; readonly id: number; readonly question: GatewayQuestion }
  /** Open, or open otherwise than before. */
  | { readonly type: 'mapped'; readonly mapped: Mapped }
  /** There is nothing to be had this way, or no longer: why, as the end of a sentence whose subject is the router. */
  | { readonly type: 'failed'; readonly reason: string }
  /** What was to be taken back is taken back, or cannot be. */
  | { readonly type: 'closed' };

export interface MappingAttempt {
  /** A datagram has come to the socket that `send` goes out of. */
  received(bytes: Uint8Array, host: string, port: number, now: number): void;
  /** An `ask` has ended; undefined where there was no answer. */
  answered(id: number, answer: GatewayAnswer | undefined, now: number): void;
  timePassed(now: number): void;
  nextTimeout(): number | undefined;
  /** When what stands open ends unless it is asked for again; undefined where nothing does, or it is open for good. */
  leaseEndsAt(): number | undefined;
  poll(): MappingOutput | undefined;
  /** Takes back what stands open, then says `closed`. */
  close(now: number): void;
}

/** Asked of the router. @default an hour: RFC 6886 has two, and what a crash leaves open is gone sooner */
export const LIFETIME_SECONDS = 3600;
