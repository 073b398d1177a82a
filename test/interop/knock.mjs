// Knocks at a port as a stranger does: dials it by TCP, and sends one SYN of uTP (BEP 29) to it. Says what came of both as a line
// of JSON, after a second at the latest. `node knock.mjs HOST PORT`

import { createSocket } from 'node:dgram';
import { connect } from 'node:net';

const [host, port] = [process.argv[2], Number(process.argv[3])];
// BEP 29, "header format": SYN of version 1, no extension; its connection id; times, window; the first number.
const SYN = Buffer.alloc(20);
SYN[0] = 0x41;
SYN.writeUInt16BE(4711, 2);
SYN.writeUInt32BE(1_048_576, 12);
SYN.writeUInt16BE(1, 16);

const byTcp = new Promise(resolve => {
  const socket = connect({ host, port });
  socket.on('connect', () => resolve('open'));
  socket.on('error', () => resolve('closed'));
  setTimeout(() => resolve('silent'), 1000);
});
const byUtp = new Promise(resolve => {
  const socket = createSocket('udp4');
  socket.on('message', () => resolve('open'));
  socket.on('error', () => resolve('closed'));
  socket.send(SYN, port, host);
  setTimeout(() => resolve('silent'), 1000);
});
process.stdout.write(`${JSON.stringify({ tcp: await byTcp, utp: await byUtp })}\n`);
process.exit();
