// Announces/s of the tracker's Redis store beside its memory store: one node, redis-server on the same machine, numwant 50.
//   SWARMS=10000 PEERS=100000 ANNOUNCES=200000 ROUNDS=3 node bench/tracker-redis.mjs
// Announces come 64 a turn, as from a batch of datagrams, with 512 under way; then one a turn, as from HTTP, where a call to Redis has
// one announce; then to one swarm of them all, which is hot. A run whose answers hold fewer peers than were wanted and
// there is rejected.
import './help.mjs';
import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { seededRandom } from '../dist/core/bytes/prng.js';
import { nodeClock } from '../dist/io/clock.js';
import { openRedis } from '../dist/io/redis-client.js';
import { MemoryStore } from '../dist/tracker/stores/memory.js';
import { RedisStore } from '../dist/tracker/stores/redis.js';

const SWARMS = Number(process.env.SWARMS ?? 10_000);
const PEERS = Number(process.env.PEERS ?? 100_000);
const ANNOUNCES = Number(process.env.ANNOUNCES ?? 200_000);
const ROUNDS = Number(process.env.ROUNDS ?? 3);
const WANT = 50;
const UNDER_WAY = 512;
const WINDOW_MS = (45 * 60_000) / 4;

if (spawnSync('redis-server', ['--version']).status !== 0) {
  console.log('redis-server is not installed: apt-get install redis-server');
  process.exit(1);
}
const folder = mkdtempSync(join(tmpdir(), 'swarmline-bench-'));
const port = await freePort();
const settings = ['--port', String(port), '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no'];
const redis = spawn('redis-server', [...settings, '--dir', folder], { stdio: 'ignore' });
process.once('exit', () => redis.kill());
await new Promise(resolve => setTimeout(resolve, 1_000));

const hashes = Array.from({ length: SWARMS }, (_, i) => seededRandom(i).fill(new Uint8Array(20)));
const one = [seededRandom(SWARMS).fill(new Uint8Array(20))];
const kinds = [
  { name: 'memory', store: memoryStore, swarms: hashes, aTurn: 64 },
  { name: 'Redis, 64 a turn', store: redisStore, swarms: hashes, aTurn: 64 },
  { name: 'Redis, 1 a turn', store: redisStore, swarms: hashes, aTurn: 1 },
  { name: 'Redis, one hot swarm', store: redisStore, swarms: one, aTurn: 64 },
];
const figures = new Map(kinds.map(({ name }) => [name, []]));
for (let round = 0; round < ROUNDS; round++)
  for (const kind of kinds) figures.get(kind.name).push(await measure(kind, `${round}:${kind.name}:`));

console.log(`
${PEERS} peers in ${SWARMS} swarms, numwant ${WANT}, ${ANNOUNCES} announces, best of ${ROUNDS}, ${cpus()[0].model}, Node ${process.version}

| store | announces/s | CPU µs/announce, node | Redis | peers/answer |
| --- | ---: | ---: | ---: | ---: |`);
for (const [name, all] of figures) {
  const { perSecond, node, server, peers } = all.sort((a, b) => b.perSecond - a.perSecond)[0];
  const columns = [name, Math.round(perSecond), node.toFixed(1), server.toFixed(1), peers.toFixed(1)];
  console.log(`| ${columns.join(' | ')} |`);
}
redis.kill();
rmSync(folder, { recursive: true, force: true });

async function measure({ name, store: open, swarms, aTurn }, prefix) {
  const { store, close } = await open(prefix);
  // All come once, then again in the next window: what is measured is a peer that is known and moves on.
  await announceAll(store, swarms, aTurn, 0, PEERS, 0, 0);
  const [cpu, serverCpu, start] = [process.cpuUsage(), redisCpu(), performance.now()];
  const peers = await announceAll(store, swarms, aTurn, 0, ANNOUNCES, WANT, WINDOW_MS);
  const seconds = (performance.now() - start) / 1_000;
  const { user, system } = process.cpuUsage(cpu);
  const server = ((redisCpu() - serverCpu) * 1e6) / ANNOUNCES;
  const health = store.health?.();
  if (health !== undefined && (health.answeredAlone > 0 || health.state !== 'up'))
    throw new Error(`${name}: Redis did not answer all: ${health.fault?.message}`);
  await close();
  return {
    perSecond: ANNOUNCES / seconds,
    node: (user + system) / ANNOUNCES,
    server,
    peers: peers / ANNOUNCES,
  };
}

/** Gives how many peers came. */
function announceAll(store, swarms, aTurn, from, count, want, now) {
  return new Promise((resolve, reject) => {
    let next = from;
    let answered = 0;
    let peers = 0;
    let isWaiting = false;
    const ip = new Uint8Array(4);
    const inSwarm = Math.floor(PEERS / swarms.length);
    const turn = () => {
      isWaiting = false;
      // What a hot swarm is answered with does not wait for Redis; what it is told does.
      const underWay = Math.max(next - from - answered, store.health?.().underWay ?? 0);
      const room = Math.min(aTurn, UNDER_WAY - underWay, from + count - next);
      for (let i = 0; i < room; i++) announce(next++);
      if (next === from + count) return;
      if (room > 0) again();
      // An answer goes on; where all have come, Redis is still being told.
      else if (next - from === answered) setTimeout(turn, 1);
    };
    const again = () => {
      if (isWaiting) return;
      isWaiting = true;
      setImmediate(turn);
    };
    const announce = n => {
      const peer = n % PEERS;
      new DataView(ip.buffer).setUint32(0, 0x0a000000 + peer);
      // A third of them seeds, who get leechers alone.
      const isSeed = Math.floor(peer / swarms.length) % 3 === 0;
      const role = isSeed ? 'seed' : 'leecher';
      const infoHash = swarms[peer % swarms.length];
      const facts = { infoHash, ip, port: 6881, role, completed: false, want4: want, want6: 0 };
      store.announce(facts, now, answer => {
        const got = (answer?.peers.length ?? -1) / 6;
        const there = isSeed ? inSwarm - Math.ceil(inSwarm / 3) : inSwarm - 1;
        if (got < Math.min(want, there)) reject(new Error(`an answer has ${got} peers where ${there} are`));
        peers += got;
        answered++;
        if (answered === count) resolve(peers);
        else if (next < from + count) again();
      });
    };
    turn();
  });
}

async function memoryStore() {
  return { store: new MemoryStore({}, { random: seededRandom(1) }), close: async () => {} };
}

async function redisStore(prefix) {
  const random = seededRandom(1);
  const shadow = new MemoryStore({}, { random });
  const server = await openRedis(`redis://127.0.0.1:${port}`);
  const store = new RedisStore(
    { prefix },
    { server, shadow, random, clock: nodeClock, epochMs: 10 * WINDOW_MS },
  );
  return { store, close: () => store.close() };
}

/** Seconds of the processor that Redis has used, of its own and the system's. */
function redisCpu() {
  const fields = readFileSync(`/proc/${redis.pid}/stat`, 'latin1').split(') ')[1].split(' ');
  return (Number(fields[11]) + Number(fields[12])) / 100;
}

function freePort() {
  return new Promise(resolve => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });
}
