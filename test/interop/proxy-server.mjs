// A proxy as tests use it: SOCKS 5 with user "u" and password "p" on one port, HTTP CONNECT on the next. Says "ready".
// The client waits for each answer here, so that messages come whole.

import { once } from 'node:events';
import { connect, createServer } from 'node:net';

const [host, port] = [process.argv[2], Number(process.argv[3])];

async function read(socket) {
  const [bytes] = await once(socket, 'data');
  return bytes;
}

function join(socket, target, first) {
  const other = connect(target, () => {
    socket.write(first);
    socket.pipe(other).pipe(socket);
  });
  for (const end of [socket, other])
    end.on('error', () => {
      socket.destroy();
      other.destroy();
    });
}

async function socks(socket) {
  await read(socket);
  socket.write(Buffer.from([5, 2]));
  const login = await read(socket);
  if (login.subarray(1).toString('latin1') !== '\u0001u\u0001p') return void socket.end(Buffer.from([1, 1]));
  socket.write(Buffer.from([1, 0]));
  const asked = await read(socket);
  const target =
    asked[3] === 1
      ? { host: asked.subarray(4, 8).join('.'), port: asked.readUInt16BE(8) }
      : { host: asked.subarray(5, 5 + asked[4]).toString(), port: asked.readUInt16BE(5 + asked[4]) };
  join(socket, target, Buffer.from([5, 0, 0, 1, 0, 0, 0, 0, 0, 0]));
}

async function http(socket) {
  const [, name, at] = /^CONNECT (\S+):(\d+) HTTP/.exec((await read(socket)).toString('latin1'));
  join(socket, { host: name, port: Number(at) }, 'HTTP/1.1 200 Connected\r\n\r\n');
}

const serve = handler => socket => {
  socket.on('error', () => {});
  handler(socket).catch(() => socket.destroy());
};
createServer(serve(socks)).listen(port, host, () => {
  createServer(serve(http)).listen(port + 1, host, () => process.stdout.write('ready\n'));
});
