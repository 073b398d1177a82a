// Says on several networks, twice a second, that somebody there has a torrent (BEP 14): `node lsd-announce.mjs HASH ADDRESS…`, each
// an address of this machine on one of them. Ends when it is killed.

import { createSocket } from 'node:dgram';

const [hash, ...addresses] = process.argv.slice(2);
const [group, port] = ['239.192.152.143', 6771];
const text = `BT-SEARCH * HTTP/1.1\r\nHost: ${group}:${port}\r\nPort: 7001\r\nInfohash: ${hash}\r\n\r\n\r\n`;
for (const address of addresses) {
  const socket = createSocket('udp4');
  socket.on('error', () => {});
  socket.bind(0, address, () => {
    socket.setMulticastInterface(address);
    setInterval(() => {
      socket.send(text, port, group);
      // And past the group, to whoever hears at that port.
      socket.send(text, port, address.replace(/1$/, '2'));
    }, 500);
  });
}
