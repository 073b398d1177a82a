// bittorrent-tracker's server, the one that WebTorrent comes with: HTTP and WebSocket on a free port of 127.0.0.1. It says {"port": …} when it
// listens.
import Server from 'bittorrent-tracker/server';

const server = new Server({ udp: false, http: true, ws: true, stats: false });
server.on('warning', () => {});
server.on('listening', () => {
  const { port } = server.http.address();
  process.stdout.write(`${JSON.stringify({ port })}\n`);
});
server.listen(0, '127.0.0.1');
