// Nodes of ours without torrents, each at an address of its own, in one process: `node dht-nodes.mjs ADDRESS…`. The first is where
// the others begin. Says "ready" when each knows half of the others; ends when it is killed.

import { nodeHost } from '../../dist/io/node-host.js';
import { Session } from '../../dist/session/session.js';

const [first, ...others] = process.argv.slice(2);
const host = nodeHost();
const sessions = [];
for (const address of [first, ...others]) {
  const routers = address === first ? [] : [{ host: first, port: 6881 }];
  const session = new Session({ listen: { host: address, port: 6881 }, dht: { routers } }, host);
  await session.listen();
  sessions.push(session);
}
const timer = setInterval(() => {
  if (sessions.some(session => session.dht.status.nodes < sessions.length / 2)) return;
  clearInterval(timer);
  console.log('ready');
}, 50);
// The sockets alone do not keep a program alive.
setInterval(() => {}, 60_000);
