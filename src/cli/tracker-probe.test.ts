import { expect, onTestFinished, test } from 'vitest';
import { swarmline } from '../../test/command-line.ts';
import { serveHttp } from '../io/http-server.ts';
import { startTracker } from '../tracker.ts';

async function ours(): Promise<string> {
  const tracker = await startTracker({ host: '127.0.0.1', watchMs: 0 });
  onTestFinished(() => tracker.close());
  return tracker.urls('127.0.0.1')[0]!;
}

/** A tracker that says the same to everybody. */
async function parrot(body: string, status = 200): Promise<string> {
  const server = await serveHttp({
    host: '127.0.0.1',
    handle: (_, respond) => respond({ status, body: new TextEncoder().encode(body) }),
  });
  onTestFinished(() => server.close());
  return `http://127.0.0.1:${server.address.port}/announce`;
}

test('finds nothing to blame in our own tracker, and leaves no trace in it', async () => {
  const url = await ours();
  for (let run = 0; run < 2; run++) {
    const { status, out } = await swarmline(['tracker', 'probe', url, '--info-hash', 'ab'.repeat(20)]);
    expect(out).not.toContain('✗');
    expect(out).toContain('0 peers.');
    expect(out).toContain('1 seed, 1 leecher, 0 downloads.');
    expect(out).toMatch(/^✓ peers +[\d.]+ ms {2}A second peer is told of the first\.$/m);
    expect(status).toBe(0);
  }
});

test('tells a program the same, a finding a line', async () => {
  const { out } = await swarmline(['tracker', 'probe', await ours(), '--json']);
  const findings = out
    .trim()
    .split('\n')
    .map(line => JSON.parse(line));
  expect(findings.map(({ what }) => what)).toEqual([
    ...['announce', 'interval', 'self', 'address', 'peers', 'scrape', 'form', 'nonsense', 'leaving'],
  ]);
  expect(findings[0]).toEqual({
    state: 'good',
    what: 'announce',
    sentence: 'It answers, with 0 peers.',
    ms: expect.any(Number),
  });
});

test.each([
  ['a page', '<html>', 200, 'The answer is not bencoded: it is no tracker that answers there.'],
  ['another status', 'd8:intervali900ee', 503, 'It answers with status 503.'],
  [
    'no peers',
    'd8:intervali900e5:peers0:e',
    200,
    'A second peer at the same address is not told of the first.',
  ],
])('a tracker that gives %s is blamed for it', async (_, body, code, sentence) => {
  const { status, out } = await swarmline(['tracker', 'probe', await parrot(body, code)]);
  expect(out).toContain(sentence);
  expect(status).toBe(1);
});

test('a refusal is told, and whether it says when to come again', async () => {
  const later = await swarmline(['tracker', 'probe', await parrot('d14:failure reason2:no8:retry ini5ee')]);
  expect(later.out).toContain('It refuses: no\n');
  expect(later.out).toContain('It says when to come again: after 5 minutes.');
  expect(later.status).toBe(0);
  const silent = await swarmline(['tracker', 'probe', await parrot('d14:failure reason2:noe')]);
  expect(silent.out).toContain('It does not say when to come again (BEP 31).');
});

test('what is no URL of a tracker is an error of the command line', async () => {
  for (const url of ['tracker.example', 'wss://', 'http://', 'ftp://tracker.example'])
    expect(await swarmline(['tracker', 'probe', url])).toMatchObject({ status: 2 });
});
