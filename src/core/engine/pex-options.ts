// How peers are exchanged (BEP 11), with the defaults.

export interface PexOptions {
  /** @default true */
  readonly isOn: boolean;
  /** From one message to a peer to the next, and what is expected of others. @default 60,000 (BEP 11) */
  readonly intervalMs: number;
  /** Addresses that one peer can tell while it is connected. @default 1000: twenty messages of fifty */
  readonly maxFromPeer: number;
}

export const PEX_DEFAULTS: PexOptions = { isOn: true, intervalMs: 60_000, maxFromPeer: 1000 };
