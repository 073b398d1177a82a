import { expect, test } from 'vitest';
import { acceptablePeers } from './acceptable-peers.ts';

const peers = [
  '8.8.8.8',
  '192.168.1.7',
  'fd00::7',
  '127.0.0.1',
  '::1',
  '239.0.0.1',
  '255.255.255.255',
  '0.0.0.0',
  '::',
];
const given = peers.map(host => ({ host, port: 6881 }));

test('a tracker on the Internet may name peers on the Internet alone', () => {
  expect(acceptablePeers(given, 'public').map(peer => peer.host)).toEqual(['8.8.8.8']);
});

test('a tracker in this network may name its neighbours, but not our loopback', () => {
  expect(acceptablePeers(given, 'private').map(peer => peer.host)).toEqual([
    '8.8.8.8',
    '192.168.1.7',
    'fd00::7',
  ]);
});

test('a tracker on this machine may name programs on it', () => {
  const hosts = ['8.8.8.8', '192.168.1.7', 'fd00::7', '127.0.0.1', '::1'];
  expect(acceptablePeers(given, 'loopback').map(peer => peer.host)).toEqual(hosts);
});

test('nobody listens on port 0', () => {
  expect(acceptablePeers([{ host: '8.8.8.8', port: 0 }], 'loopback')).toEqual([]);
});
