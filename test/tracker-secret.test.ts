// Trackers that have one secret of connection ids in common, and nothing else: a client may be sent to any of them.

import { expect, onTestFinished, test, vi } from 'vitest';
import { type RunningTracker, type StartTrackerOptions, startTracker } from '../src/tracker.ts';
import { folderWith } from './command-line.ts';
import { UdpVisitor } from './compliance/udp-front.ts';
import { SwarmlineProcess } from './interop/swarmline-process.ts';

const SECRET = 'a-secret-of-the-tests';

async function open(options: StartTrackerOptions): Promise<RunningTracker> {
  const tracker = await startTracker({ host: '127.0.0.1', watchMs: 0, workers: 1, ...options });
  onTestFinished(() => tracker.close());
  return tracker;
}

test('an id that one gave is good at the others, whether a file or a text says the secret', async () => {
  const files = folderWith({ secret: `${SECRET}\n` });
  const [here, there] = [await open({ secretFile: files('secret') }), await open({ secret: SECRET })];
  const visitor = await UdpVisitor.at('127.0.0.1', here.address.port);
  visitor.send(visitor.announceBytes({ port: 1 }), there.address.port);
  await vi.waitFor(() => expect([here.peerCount, there.peerCount]).toEqual([0, 1]));
});

test('an id of a tracker with another secret is forged', async () => {
  const [here, there] = [await open({ secret: SECRET }), await open({})];
  const visitor = await UdpVisitor.at('127.0.0.1', here.address.port);
  visitor.send(visitor.announceBytes({ port: 1 }), there.address.port);
  await vi.waitFor(async () => {
    const metrics = await (await fetch(`http://127.0.0.1:${there.address.port}/metrics`)).text();
    expect(metrics).toContain('code="connection_id_forged"} 1\n');
  });
  expect(there.peerCount).toBe(0);
});

test('the command takes it from its environment', async () => {
  const here = await open({ secret: SECRET });
  const args = ['tracker', '--host', '127.0.0.1', '--port', '0', '--workers', '1'];
  const there = new SwarmlineProcess(args, { SWARMLINE_TRACKER_SECRET: SECRET });
  const [, port] = await there.said(/^udp:\/\/127\.0\.0\.1:(\d+)/m);
  const visitor = await UdpVisitor.at('127.0.0.1', here.address.port);
  visitor.send(visitor.announceBytes({ port: 1 }), Number(port));
  await vi.waitFor(() => expect(visitor.strays).toBe(1));
});

test('one that is too short is refused with a sentence', async () => {
  await expect(open({ secret: 'short' })).rejects.toMatchObject({ code: 'SECRET_INVALID' });
});
