// Accepted sockets that read into a buffer of ours. Node documents `onread` for dialled sockets only (nodejs/node#53792);
// for accepted ones the handle is moved into a new socket, which halves the cost of receiving (0.19–0.24 instead of
// 0.36–0.44 CPU seconds a GB; Node 20, 22, 24). Where a Node does not have what this leans on, `data` events do.

import { Socket } from 'node:net';

/**
 * The socket to use instead of `accepted`, which must be paused; it is to be resumed by the caller. Its server counts it as open no
 * more, or until it is closed where `staysCounted`.
 */
export function withReusedBuffer(
  accepted: Socket,
  buffer: Uint8Array,
  onBytes: (bytes: Uint8Array) => void,
  { staysCounted = false }: { readonly staysCounted?: boolean } = {},
): Socket {
  const inner = accepted as unknown as { _handle?: object | null };
  const handle = inner._handle;
  if (handle === null || handle === undefined || typeof handle !== 'object')
    return withDataEvents(accepted, onBytes);
  let socket: Socket;
  try {
    socket = new Socket({
      handle,
      pauseOnCreate: true,
      onread: {
        buffer,
        callback: (length: number, bytes: Uint8Array) => {
          onBytes(bytes.subarray(0, length));
          return !socket.isPaused();
        },
      },
    } as unknown as ConstructorParameters<typeof Socket>[0]);
  } catch {
    return withDataEvents(accepted, onBytes);
  }
  inner._handle = null;
  socket.setNoDelay(true);
  // The server counts its connections by the sockets it made, and this one has left it.
  if (staysCounted) socket.once('close', () => accepted.destroy());
  else accepted.destroy();
  return socket;
}

function withDataEvents(accepted: Socket, onBytes: (bytes: Uint8Array) => void): Socket {
  accepted.on('data', onBytes);
  accepted.pause();
  return accepted;
}
