// A proxy as tests use it, in a process of its own: `node proxy-server.mjs HOST PORT [no-udp]`. SOCKS 5 with user "u" and
// password "p" on one port, HTTP CONNECT on the next. Says "ready".

import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import { SocksProxy } from './socks-proxy.mjs';

const [host, port, udp] = [process.argv[2], Number(process.argv[3]), process.argv[4]];

const socks = await SocksProxy.listen(host, port, { user: 'u', password: 'p' });
if (udp === 'no-udp') socks.udpAnswer = 7;

async function http(socket) {
  const [bytes] = await once(socket, 'data');
  const [, name, at] = /^CONNECT (\S+):(\d+) HTTP/.exec(bytes.toString('latin1'));
  const other = connect({ host: name, port: Number(at) }, () => {
    socket.write('HTTP/1.1 200 Connected\r\n\r\n');
    socket.pipe(other).pipe(socket);
  });
  for (const end of [socket, other])
    end.on('error', () => {
      socket.destroy();
      other.destroy();
    });
}

createServer(socket => {
  socket.on('error', () => {});
  http(socket).catch(() => socket.destroy());
}).listen(port + 1, host, () => process.stdout.write('ready\n'));
