// What peers send to our tracker over WebSocket: a conversation of three sockets, one message a line, the first character of
// each names the socket. What is passed on is JSON, and no answer comes to who was not asked.

import assert from 'node:assert/strict';
import { seededRandom } from '../../dist/core/bytes/prng.js';
import { MemoryStore } from '../../dist/tracker/stores/memory.js';
import { Tracker } from '../../dist/tracker/tracker.js';
import { WsTracker } from '../../dist/tracker/ws.js';

export function run(bytes) {
  const random = seededRandom(1);
  const tracker = new Tracker(
    {},
    { store: new MemoryStore({ memoryBytes: 262_144, maxSwarms: 1_000 }, { random }), random },
  );
  const ws = new WsTracker({ maxOffers: 3 }, { tracker, random, now: () => 0 });
  const said = new Set();
  let offered = 0;
  let answered = 0;
  const sockets = Array.from({ length: 3 }, (_, i) => {
    const socket = {
      path: '/',
      remoteIp: new Uint8Array([192, 0, 2, i]),
      pending: 0,
      isClosed: false,
      onMessage: () => {},
      onClosed: () => {},
      send: bytes => {
        const message = JSON.parse(Buffer.from(bytes).toString());
        if (message.offer !== undefined) offered++;
        if (message.answer !== undefined) answered++;
        said.add(message['failure reason'] ?? Object.keys(message).sort().join());
      },
      close: () => {
        if (socket.isClosed) return;
        socket.isClosed = true;
        socket.onClosed();
      },
    };
    ws.connected(socket);
    return socket;
  });
  // As UTF-8, of which the server has made sure: a byte each of a hash is a character.
  for (const line of Buffer.from(bytes).latin1Slice().split('\n').slice(0, 40)) {
    const socket = sockets[line.charCodeAt(0) % 3];
    if (socket === undefined || socket.isClosed) continue;
    if (line.length === 2) socket.close();
    else {
      const message = new TextEncoder().encode(line.slice(1));
      socket.onMessage(message);
      message.fill(0);
    }
  }
  assert.ok(answered <= offered);
  for (const socket of sockets) socket.close();
  assert.equal(ws.socketCount, 0);
  return `${[...said].sort().join('; ')} ${Math.min(offered, 2)} ${Math.min(answered, 2)}`;
}

const hash = 'h'.repeat(20);
const peer = n => `${n}`.repeat(20);
const announce = (n, more) =>
  JSON.stringify({ action: 'announce', info_hash: hash, peer_id: peer(n), left: 1, ...more });
const offers = { numwant: 2, offers: [{ offer_id: 'o', offer: { type: 'offer', sdp: 'v=0\r\n' } }] };
const answer = { to_peer_id: peer(2), offer_id: 'o', answer: { type: 'answer', sdp: '' } };

export const seeds = [
  `a${announce(1, { event: 'started' })}\nb${announce(2, offers)}\na${announce(1, answer)}\nb${announce(2, { event: 'stopped' })}`,
  `a{"action":"scrape","info_hash":["${hash}"]}\nc{"action":"scrape"}\naa`,
  `a${announce(1, { left: 0, event: 'completed', uploaded: 1e99, numwant: -1, offers: null })}`,
].map(text => new Uint8Array(Buffer.from(text)));

export const tokens = [
  ...[
    '\n',
    'a',
    'b',
    '"',
    '{',
    '}',
    '[',
    ']',
    ',',
    ':',
    '\\',
    '\\u00ff',
    '\\"',
    'null',
    '-1',
    '1e5',
    '\xff',
    '\0',
  ],
  ...[
    '"offers":[]',
    '"offers":',
    '"answer":{}',
    '"offer_id":"o"',
    '"info_hash":',
    '"event":"stopped"',
    '"left":0',
  ],
  ...[`"${hash}"`, `"${peer(1)}"`, `"${peer(2)}"`, '"to_peer_id":', '[[[[[[[[[['],
];
