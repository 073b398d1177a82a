// Speaking to everybody on the networks that this machine is on, as rings 1 and 2 see it.

import type { Address } from '../core/bytes/compact-address.ts';

export interface MulticastOptions {
  /** On the network of this address of the machine alone. @default every one but its own inside */
  readonly localHost?: string | undefined;
}

export interface MulticastGroup {
  /** What somebody has said to the group; the bytes are lent for the call. `host` is plain: no zone. */
  onDatagram: (bytes: Uint8Array, host: string, port: number) => void;
  /** To the group, on each network. */
  send(bytes: Uint8Array): void;
  /** Looks which networks there are now: whether there is one that was not. */
  refresh(): boolean;
  close(): void;
}

export interface Multicast {
  /** @throws SwarmlineError `LISTEN_FAILED` by way of the promise */
  join(group: Address, options: MulticastOptions): Promise<MulticastGroup>;
}
