import { createSocket } from 'node:dgram';
import { Worker } from 'node:worker_threads';
import { describe, expect, it, onTestFinished } from 'vitest';
import { nativeModule } from './native-module.ts';

type Call = (...args: unknown[]) => unknown;
const call = (name: string, ...args: unknown[]) => (nativeModule![name] as Call)(...args);
const HEADER = 64;

describe.skipIf(nativeModule === undefined)('sockets by the native module', () => {
  it.each<[string, unknown[]]>([
    ['receiveDatagrams', [0, new Uint8Array(HEADER), 0, 2]],
    ['receiveDatagrams', [0, new Uint8Array(2 * HEADER), HEADER + 1, 1]],
    ['receiveDatagrams', [0, new Uint8Array(HEADER), 2 ** 52, 1]],
    ['receiveDatagrams', [0, new Uint8Array(HEADER), -1, 1]],
    // These point to nothing, and to where nothing of ours is.
    ['receiveDatagrams', [0, new Uint8Array(HEADER), 0, 1]],
    ['sendDatagrams', [0, new Uint8Array(HEADER).fill(1), 0, 1]],
    ['sendDatagrams', [0, 'headers', 0, 1]],
    ['sendDatagrams', [0]],
    ['watchSocket', [0, undefined]],
    ['watchSocket', ['0', () => {}]],
    ['bindSocket', [0, 'name']],
    ['socketName', [0, {}]],
    ['placeOf', [[]]],
    ['openSocket', [2]],
    ['closeSocket', []],
  ])('%s refuses what does not fit: %j', (name, args) => {
    expect(() => call(name, ...args)).toThrow(RangeError);
  });

  it('refuses each pointer that leaves the block', () => {
    // A header that is right, and where in it its pointers and lengths are.
    const block = new Uint8Array(1_024);
    const words = new BigUint64Array(block.buffer);
    const place = call('placeOf', block) as bigint;
    const fill = (changes: Readonly<Record<number, bigint>>) => {
      const right = { 0: place + 128n, 1: 16n, 2: place + 192n, 3: 1n, 4: place + 256n, 5: 32n };
      for (const [at, value] of Object.entries({ ...right, ...changes })) words[Number(at)] = value;
      words[192 / 8] = changes[24] ?? place + 512n;
      words[192 / 8 + 1] = changes[25] ?? 512n;
    };
    const send = () => call('sendDatagrams', -1, block, 0, 1);
    fill({});
    expect(send()).toBe(-9);
    for (const changes of [
      { 0: place + 1_009n },
      { 0: place - 1n },
      { 2: place + 1_009n },
      { 2: 0n },
      { 3: 2n },
      { 4: place + 1_000n },
      { 5: 2n ** 63n },
      { 24: place + 513n },
      { 25: 513n },
      { 24: place - 1n },
    ]) {
      fill(changes);
      expect(send, JSON.stringify(Object.keys(changes))).toThrow(RangeError);
    }
  });

  it('says which error it was', () => {
    expect([call('closeSocket', -1), call('duplicateSocket', -1), call('watchSocket', -1, () => {})]).toEqual(
      [-9, -9, -9],
    );
  });

  it.each(['ends by itself', 'is ended', 'throws', 'ends its watch'])(
    'a thread that watches a socket and %s lets go of it',
    async how => {
      const thread = new Worker(WATCHER, { eval: true, workerData: { how } });
      const faults: string[] = [];
      thread.on('error', ({ message }) => faults.push(message));
      const next = (event: string) => new Promise(resolve => thread.once(event, resolve));
      const exited = next('exit');
      const port = await next('message');
      const sender = createSocket('udp4');
      onTestFinished(() => void sender.close());
      const heard = next('message');
      sender.send('wake', Number(port), '127.0.0.1');
      expect(await heard).toBe('heard');
      if (how === 'is ended') await thread.terminate();
      await exited;
      expect(faults).toEqual(how === 'throws' ? ['thrown'] : []);
    },
  );
});

/** CommonJS, for it is given as text. It holds on to nothing: what is watched is held for it. */
const WATCHER = `
  const { parentPort, workerData } = require('node:worker_threads');
  const module = { exports: {} };
  process.dlopen(module, ${JSON.stringify(new URL('../../native/linux-x64/swarmline.node', import.meta.url).pathname)});
  const native = module.exports;
  const fd = native.openSocket(2, 2);
  const name = new Uint8Array(16);
  name.set([2, 0, 0, 0, 127, 0, 0, 1]);
  native.bindSocket(fd, name);
  native.socketName(fd, name);
  const watch = native.watchSocket(fd, () => {
    watch.pause();
    parentPort.postMessage('heard');
    if (workerData.how === 'throws') throw new Error('thrown');
    if (workerData.how === 'ends by itself') process.exit();
    if (workerData.how !== 'ends its watch') return;
    for (const name of ['end', 'end', 'pause', 'resume']) watch[name]();
    native.closeSocket(fd);
  });
  parentPort.postMessage((name[2] << 8) | name[3]);
`;
