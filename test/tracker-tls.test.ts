// HTTPS and wss on the tracker's one port, beside HTTP and ws: a certificate that is renewed is used without a restart, one that is
// wrong changes nothing, and who begins TLS and does not go on is let go.

import { execFileSync } from 'node:child_process';
import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { Agent, get } from 'node:https';
import { connect } from 'node:net';
import { join } from 'node:path';
import { connect as connectSecurely, createSecureContext } from 'node:tls';
import { expect, onTestFinished, test, vi } from 'vitest';
import { WebSocket } from 'ws';
import { serveHttp } from '../src/io/http-server.ts';
import { type RunningTracker, type StartTrackerOptions, startTracker } from '../src/tracker.ts';
import { temporaryFolder } from './interop/peers.ts';
import { SwarmlineProcess } from './interop/swarmline-process.ts';

const QUERY = `info_hash=${'a'.repeat(20)}&peer_id=${'p'.repeat(20)}&port=1&left=1`;

/** A certificate for that name, and its key, made anew. */
function certificate(name: string, folder = temporaryFolder()) {
  const [tlsCert, tlsKey] = [join(folder, 'cert.pem'), join(folder, 'key.pem')];
  const subject = ['-subj', `/CN=${name}`, '-days', '30'];
  const kind = ['-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];
  const files = ['-keyout', `${tlsKey}.new`, '-out', `${tlsCert}.new`];
  execFileSync('openssl', ['req', ...kind, ...subject, ...files], { stdio: 'ignore' });
  renameSync(`${tlsKey}.new`, tlsKey);
  renameSync(`${tlsCert}.new`, tlsCert);
  return { tlsCert, tlsKey };
}

async function open(options: StartTrackerOptions): Promise<RunningTracker> {
  const tracker = await startTracker({ host: '127.0.0.1', watchMs: 0, workers: 1, ...options });
  onTestFinished(() => tracker.close());
  return tracker;
}

/** Several of them on one connection; and whose certificate that showed. */
async function byHttps(port: number, paths: readonly string[]) {
  const agent = new Agent({ keepAlive: true, maxSockets: 1, rejectUnauthorized: false });
  onTestFinished(() => agent.destroy());
  const answers = await Promise.all(
    paths.map(
      path =>
        new Promise<{ text: string; name: string }>((resolve, reject) => {
          get({ host: '127.0.0.1', port, path, agent }, response => {
            const { socket } = response as unknown as { socket: import('node:tls').TLSSocket };
            const name = socket.getPeerCertificate().subject?.CN ?? '';
            let text = '';
            response.setEncoding('latin1').on('data', data => {
              text += data;
            });
            response.once('end', () => resolve({ text, name: `${name}` }));
          }).once('error', reject);
        }),
    ),
  );
  return { texts: answers.map(({ text }) => text), names: [...new Set(answers.map(({ name }) => name))] };
}

test.each([1, 2])(
  'answers by HTTPS and by HTTP on one port, with one swarm, by %i threads',
  async workers => {
    const tracker = await open({ ...certificate('one.example'), workers });
    const { port } = tracker.address;
    expect(tracker.urls('t.example').map(url => url.split(':')[0])).toEqual([
      'https',
      'wss',
      'http',
      'ws',
      'udp',
    ]);
    const { texts, names } = await byHttps(port, [`/announce?${QUERY}`, '/health', `/scrape?${QUERY}`]);
    expect(names).toEqual(['one.example']);
    expect(texts[0]).toContain('10:incompletei1e');
    expect(texts[1]).toBe('The tracker runs.\n');
    expect(texts[2]).toContain('10:incompletei1e');
    const plain = await fetch(`http://127.0.0.1:${port}/announce?${QUERY.replace('port=1', 'port=2')}`);
    expect(await plain.text()).toContain('10:incompletei2e');
  },
);

test('whichever of two threads accepts it, TLS is spoken', async () => {
  const folder = temporaryFolder();
  const options = { ...certificate('one.example', folder), workers: 2 };
  const tracker = await open(options);
  const { port } = tracker.address;
  const names = async () => {
    const all = await Promise.all(Array.from({ length: 24 }, () => byHttps(port, [`/announce?${QUERY}`])));
    expect(all.every(({ texts }) => texts[0]!.includes('10:incompletei1e'))).toBe(true);
    return [...new Set(all.flatMap(answer => answer.names))];
  };
  expect(await names()).toEqual(['one.example']);
  certificate('two.example', folder);
  await tracker.reload(options);
  expect(await names()).toEqual(['two.example']);
});

test('WebSockets are spoken over it', async () => {
  const tracker = await open(certificate('one.example'));
  const socket = new WebSocket(`wss://127.0.0.1:${tracker.address.port}/announce`, {
    rejectUnauthorized: false,
  });
  onTestFinished(() => socket.terminate());
  await new Promise((resolve, reject) => socket.once('open', resolve).once('error', reject));
  const announce = { action: 'announce', info_hash: 'a'.repeat(20), peer_id: 'p'.repeat(20), left: 0 };
  socket.send(JSON.stringify({ ...announce, event: 'started', offers: [] }));
  const [message] = await new Promise<[Buffer]>(resolve =>
    socket.once('message', data => resolve([data as Buffer])),
  );
  expect(JSON.parse(message.toString())).toMatchObject({ action: 'announce', complete: 1 });
});

test('a probe goes over it where the certificate is known, and says so where it is not', async () => {
  const files = certificate('localhost');
  const tracker = await open(files);
  const probe = ['tracker', 'probe', `wss://localhost:${tracker.address.port}/announce`];
  const known = new SwarmlineProcess(probe, { NODE_EXTRA_CA_CERTS: files.tlsCert });
  expect(await known.exited, known.transcript()).toBe(0);
  expect(known.out).toContain('The answer reaches the peer that made the offer.');
  const unknown = new SwarmlineProcess(probe);
  expect(await unknown.exited).toBe(1);
  expect(unknown.out).toContain('its certificate is signed by nobody but itself');
});

test('a certificate that was renewed is used from the reload on', async () => {
  const folder = temporaryFolder();
  const options = certificate('one.example', folder);
  const tracker = await open(options);
  const { port } = tracker.address;
  expect((await byHttps(port, ['/health'])).names).toEqual(['one.example']);
  certificate('two.example', folder);
  await tracker.reload(options);
  expect((await byHttps(port, ['/health'])).names).toEqual(['two.example']);
  // A key that is not the certificate's.
  writeFileSync(options.tlsKey, execFileSync('openssl', ['genpkey', '-algorithm', 'ed25519']));
  await expect(tracker.reload(options)).rejects.toMatchObject({ code: 'TLS_INVALID' });
  expect((await byHttps(port, ['/health'])).names).toEqual(['two.example']);
});

test.each<[string, StartTrackerOptions, string]>([
  ['a certificate without a key', { tlsCert: 'cert.pem' }, 'CONFIG_INVALID'],
  ['files that are not there', { tlsCert: 'no-cert.pem', tlsKey: 'no-key.pem' }, 'FILE_UNREADABLE'],
  ['files that are none', { tlsCert: 'package.json', tlsKey: 'package.json' }, 'TLS_INVALID'],
])('does not start with %s', async (_, options, code) => {
  await expect(startTracker({ host: '127.0.0.1', ...options })).rejects.toMatchObject({ code });
});

test('a proxy says whose connection it is before TLS begins', async () => {
  const options = { ...certificate('one.example'), trustedProxies: ['127.0.0.1'], proxyProtocol: true };
  const tracker = await open(options);
  // PROXY v2, TCP over IPv4, from 192.0.2.7:1000 to 127.0.0.1:443.
  const socket = connect(tracker.address.port, '127.0.0.1');
  socket.write(Buffer.from('0d0a0d0a000d0a515549540a2111000cc00002077f00000103e801bb', 'hex'));
  const secure = connectSecurely({ socket, rejectUnauthorized: false });
  onTestFinished(() => void secure.destroy());
  secure.write(`GET /announce?${QUERY}&compact=1 HTTP/1.1\r\nHost: t\r\n\r\n`);
  const answer = await new Promise<string>(resolve =>
    secure.once('data', data => resolve(data.toString('latin1'))),
  );
  // BEP 24: it is told its address.
  expect(answer).toContain(`11:external ip4:${String.fromCharCode(192, 0, 2, 7)}`);
});

test('who is banned, or asks too often, gets no handshake; what is no TLS ends that connection alone', async () => {
  const tracker = await open({ ...certificate('one.example'), requestsPerSecond: 1, requestBurst: 3 });
  const { port } = tracker.address;
  const nonsense = connect(port, '127.0.0.1', () =>
    nonsense.write(Buffer.from([22, 3, 1, 255, 255, 1, 2, 3])),
  );
  await new Promise(resolve =>
    nonsense
      .once('close', resolve)
      .on('error', () => {})
      .resume(),
  );
  const handshake = () =>
    new Promise(resolve => {
      const secure = connectSecurely({ port, host: '127.0.0.1', rejectUnauthorized: false });
      secure.once('secureConnect', () => resolve(secure.end() && 'secure'));
      secure.once('error', () => resolve('refused'));
    });
  expect([await handshake(), await handshake(), await handshake()]).toEqual(['secure', 'secure', 'refused']);
  expect(await (await fetch(`http://127.0.0.1:${port}/health`)).text()).toBe('The tracker runs.\n');
});

test.each([
  ['nothing', []],
  ['the beginning of a handshake', [22, 3, 1, 2]],
])('who sends %s and no more is let go', async (_, bytes) => {
  const { tlsCert, tlsKey } = certificate('one.example');
  const context = createSecureContext({ cert: readFileSync(tlsCert), key: readFileSync(tlsKey) });
  const server = await serveHttp({
    ...{ host: '127.0.0.1', requestTimeoutMs: 30, secureContext: () => context },
    handle: (_request, respond) => respond({ status: 200 }),
  });
  onTestFinished(() => server.close());
  const socket = connect(server.address.port, '127.0.0.1', () => socket.write(Buffer.from(bytes)));
  await new Promise(resolve =>
    socket
      .once('close', resolve)
      .on('error', () => {})
      .resume(),
  );
  await vi.waitFor(() => expect(server.connectionCount).toBe(0));
});

test('the command reads a renewed certificate on SIGHUP', async () => {
  const folder = temporaryFolder();
  const { tlsCert, tlsKey } = certificate('one.example', folder);
  const files = ['--tls-cert', tlsCert, '--tls-key', tlsKey];
  const process = new SwarmlineProcess([
    'tracker',
    '--host',
    '127.0.0.1',
    '--port',
    '0',
    '--workers',
    '1',
    ...files,
  ]);
  const [, port] = await process.said(/^https:\/\/127\.0\.0\.1:(\d+)\/announce$/m);
  expect((await byHttps(Number(port), ['/ready'])).texts).toEqual(['The tracker is ready.\n']);
  certificate('two.example', folder);
  process.signal('SIGHUP');
  await process.said(/Everything is read anew/, 'err');
  await vi.waitFor(async () =>
    expect((await byHttps(Number(port), ['/health'])).names).toEqual(['two.example']),
  );
});
