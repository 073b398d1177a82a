// CPU of sending 1 GiB of blocks over loopback: through Writable, past it, and as one chunk a MiB, a process for each end.
import './help.mjs';
import { spawn, spawnSync } from 'node:child_process';
import { connect, createServer } from 'node:net';
import { fileURLToPath } from 'node:url';

const BLOCK = 16_384;
const BATCH = 1_048_576;
const TOTAL = 1024 ** 3;
const [role, kind, port] = process.argv.slice(2);

if (role === 'send') await send(kind, Number(port));
else if (role === 'receive') receive();
else compare();

function compare() {
  const rounds = Number(process.env.ROUNDS ?? 5);
  const kinds = { Writable: [], writev: [], 'one chunk': [] };
  for (let round = 0; round < rounds; round++) {
    for (const [name, figures] of Object.entries(kinds)) {
      const { stdout } = spawnSync(process.execPath, [process.argv[1], 'receive', name], {
        encoding: 'utf8',
      });
      figures.push(Number(stdout));
    }
  }
  console.log(
    '\nSending 1 GiB in blocks of 16 KiB with their headers\n\n| by | CPU s, sender |\n| --- | ---: |',
  );
  for (const [name, figures] of Object.entries(kinds))
    console.log(`| ${name} | ${figures.sort((a, b) => a - b)[rounds >> 1].toFixed(2)} |`);
}

function receive() {
  const server = createServer({ pauseOnConnect: true }, accepted => {
    accepted.on('data', () => {});
    accepted.resume();
    server.close();
  });
  server.listen(0, '127.0.0.1', () => {
    const argv = [fileURLToPath(import.meta.url), 'send', kind, String(server.address().port)];
    spawn(process.execPath, argv, { stdio: 'inherit' });
  });
}

async function send(kind, port) {
  const socket = connect({ port, noDelay: true });
  await new Promise(resolve => socket.once('connect', resolve));
  const header = new Uint8Array(13);
  const data = new Uint8Array(new WebAssembly.Memory({ initial: BATCH / 65_536 }).buffer).fill(1);
  const before = process.cpuUsage();
  for (let sent = 0; sent < TOTAL; sent += BATCH) {
    const chunks = [];
    for (let at = 0; at < BATCH; at += BLOCK) chunks.push(header.subarray(), data.subarray(at, at + BLOCK));
    await new Promise(resolve => write(socket, kind, chunks, data, resolve));
  }
  const { user, system } = process.cpuUsage(before);
  console.log((user + system) / 1e6);
  socket.destroy();
}

function write(socket, kind, chunks, data, done) {
  if (kind === 'one chunk') {
    socket.write(data, done);
  } else if (kind === 'writev') {
    const wrapped = chunks.map(chunk => ({ chunk, encoding: 'buffer' }));
    wrapped.allBuffers = true;
    socket._writev(wrapped, done);
  } else {
    socket.cork();
    for (const chunk of chunks.slice(0, -1)) socket.write(chunk);
    socket.write(chunks.at(-1), done);
    socket.uncork();
  }
}
