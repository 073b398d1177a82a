// Announces over WebSocket: our tracker beside bittorrent-tracker (npm), the load on the other core.
//   node bench/tracker-ws.mjs --npm FOLDER/node_modules [--node NODE] [--seconds 3] [--rounds 3] [--sockets 100] [--torrents 20]
// Each socket is one peer, which announces again as soon as it is answered; without offers, and with five of a usual length.
import { createHash } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { WebSocket } from 'ws';
import { cpuSeconds, freePorts, startTracker, stop } from './tracker-process.mjs';

const { values } = parseArgs({
  options: {
    npm: { type: 'string' },
    node: { type: 'string', default: process.execPath },
    seconds: { type: 'string', default: '3' },
    rounds: { type: 'string', default: '3' },
    sockets: { type: 'string', default: '100' },
    torrents: { type: 'string', default: '20' },
  },
});
const sdp = `v=0\r\n${'a=candidate:1 1 udp 2122260223 192.168.1.2 54321 typ host\r\n'.repeat(8)}`;
const id = text => createHash('sha1').update(text).digest('latin1');

const [own, foreign] = await freePorts(2);
const program = fileURLToPath(new URL('../dist/tracker.js', import.meta.url));
const ours = `import('${program}').then(({ startTracker }) => startTracker({ host: '127.0.0.1', port: ${own}, udp: false, requestsPerSecond: 0, wsMessagesPerSecond: 1e9, wsMessageBurst: 1e9, maxSocketsPerAddress: 1e5, maxConnectionsPerAddress: 1e5 }))`;
const servers = [{ name: 'swarmline', port: own, command: process.execPath, script: ours }];
if (values.npm !== undefined) {
  const script = `import('${values.npm}/bittorrent-tracker/server.js').then(({ default: Server }) => { const s = new Server({ udp: false, ws: true, stats: false }); s.on('warning', () => {}); s.on('error', () => {}); s.listen(${foreign}, '127.0.0.1'); })`;
  servers.push({ name: 'bittorrent-tracker', port: foreign, command: values.node, script });
}
const running = [];
for (const server of servers)
  running.push({ ...server, child: await startTracker(server.command, ['-e', server.script], server.port) });
for (const offers of [0, 5]) {
  for (let round = 0; round < Number(values.rounds); round++) {
    for (const { name, port, child } of running) {
      const sockets = await Promise.all(
        Array.from({ length: Number(values.sockets) }, (_, i) => open(port, i, offers)),
      );
      const before = cpuSeconds(child.pid);
      const start = performance.now();
      const at = sockets.reduce((sum, socket) => sum + socket.count.answers, 0);
      const passedAt = sockets.reduce((sum, socket) => sum + socket.count.passed, 0);
      await new Promise(resolve => setTimeout(resolve, Number(values.seconds) * 1000));
      const answers = sockets.reduce((sum, socket) => sum + socket.count.answers, 0) - at;
      const passed = sockets.reduce((sum, socket) => sum + socket.count.passed, 0) - passedAt;
      const elapsed = (performance.now() - start) / 1000;
      const cpu = cpuSeconds(child.pid) - before;
      console.log(
        `${name.padEnd(20)} ${offers} offers: ${Math.round(answers / elapsed)} announces/s, ${Math.round(passed / elapsed)} offers passed on   ` +
          `${((cpu / answers) * 1e6).toFixed(1)} us of CPU each   (${Math.round(answers / cpu)} for each second of CPU)`,
      );
      for (const socket of sockets) socket.close();
      await new Promise(resolve => setTimeout(resolve, 300));
    }
  }
}
for (const { child } of running) await stop(child);
process.exit(0);

function open(port, index, offers) {
  const count = { answers: 0, passed: 0 };
  const message = {
    ...{
      action: 'announce',
      info_hash: id(`torrent ${index % Number(values.torrents)}`),
      peer_id: id(`peer ${index}`),
    },
    ...{ uploaded: 0, downloaded: 0, left: 1000, numwant: offers },
    offers: Array.from({ length: offers }, (_, i) => ({
      offer_id: id(`${index} ${i}`),
      offer: { type: 'offer', sdp },
    })),
  };
  const text = JSON.stringify(message);
  return new Promise((resolve, reject) => {
    const socket = new WebSocket(`ws://127.0.0.1:${port}`, { perMessageDeflate: false });
    socket.on('error', reject);
    socket.on('open', () => {
      socket.send(JSON.stringify({ ...message, event: 'started' }));
      resolve({ count, close: () => socket.terminate() });
    });
    socket.on('message', bytes => {
      if (bytes.includes('"offer"')) count.passed++;
      else {
        count.answers++;
        socket.send(text);
      }
    });
  });
}
