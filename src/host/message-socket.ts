// A connection that carries whole messages of text, as rings 1 and 2 see it: a WebSocket.

export interface MessageSocket {
  /** Where it was opened, from the slash on: `/`, `/KEY/announce`. */
  readonly path: string;
  /** The other end's address, 4 or 16 bytes. */
  readonly remoteIp: Uint8Array;
  /** Set in the call in which the socket is handed over. */
  /** UTF-8, lent for the call. */
  onMessage: (message: Uint8Array) => void;
  /** Called once, whoever ended it. */
  onClosed: () => void;
  /** A message of text as UTF-8, lent for the call. */
  send(message: Uint8Array): void;
  /** Bytes that the other end has not taken yet. */
  readonly pending: number;
  /** Says goodbye with a status of RFC 6455, 7.4, and ends. */
  close(status: number, reason: string): void;
}
