// Dialling by TCP, by one interface alone where there is one: node:net cannot be told to tie a socket, but takes over one that is, and
// connects it as its own (Node 20, 22, 24).

import { connect, Socket, type TcpNetConnectOpts } from 'node:net';
import type { Device } from './device.ts';

/** As `net.connect` with an address, not a name. A fault comes as an event, as there. */
export function connectBy(device: Device | undefined, options: TcpNetConnectOpts & { host: string }): Socket {
  if (device === undefined) return connect(options);
  let fd: number;
  try {
    fd = device.libc.openTcp(options.host.includes(':') ? 6 : 4, device.mustIndex());
  } catch (error) {
    const socket = new Socket();
    socket.destroy(error as Error);
    return socket;
  }
  // Reading begins when the connection stands, as with any: until then the system calls for nothing.
  const made = { ...options, fd } as ConstructorParameters<typeof Socket>[0];
  return new Socket(made).connect(options);
}
