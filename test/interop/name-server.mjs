// A name server that knows one address and gives it for every name. `node name-server.mjs HOST ADDRESS`

import { createSocket } from 'node:dgram';

const [host, address] = process.argv.slice(2);
const socket = createSocket('udp4');
socket.on('message', (question, from) => {
  const isIpv4 = question.readUInt16BE(question.length - 4) === 1;
  const record = Buffer.from('c00c000100010000003c0004', 'hex');
  const data = Buffer.from(address.split('.').map(Number));
  const answer = Buffer.concat(isIpv4 ? [question, record, data] : [question]);
  answer.writeUInt16BE(0x8180, 2);
  answer.writeUInt16BE(isIpv4 ? 1 : 0, 6);
  socket.send(answer, from.port, from.address);
});
socket.bind(53, host, () => process.stdout.write('ready\n'));
