import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { type Address, formatAddress } from '../bytes/compact-address.ts';
import { seededRandom } from '../bytes/prng.ts';
import type { AnnounceRequest } from './announce.ts';
import { UdpExchange, type UdpExchangeOptions, type UdpQuestion } from './udp-exchange.ts';

const tracker: Address = { host: '192.0.2.1', port: 6969 };
const other: Address = { host: '192.0.2.2', port: 6969 };
const request: AnnounceRequest = {
  infoHash: new Uint8Array(20).fill(1),
  peerId: new Uint8Array(20).fill(2),
  port: 6881,
  uploaded: 0,
  downloaded: 0,
  left: 0,
  key: 1,
};
const announce: UdpQuestion = { kind: 'announce', request, urlData: '/announce' };
const scrape: UdpQuestion = { kind: 'scrape', infoHashes: [request.infoHash] };

/** An exchange on a clock that jumps, and what it sends and says as lines. */
class Talk {
  now = 0;
  readonly exchange: UdpExchange;
  /** The datagrams sent, the last of each kind on top. */
  readonly sent: { to: Address; bytes: Uint8Array; kind: string }[] = [];

  constructor(options: UdpExchangeOptions = {}) {
    this.exchange = new UdpExchange(options, { random: seededRandom(1) });
  }

  ask(question = announce, to = tracker): number {
    return this.exchange.ask(to, question, this.now);
  }

  /** What has been said since, as `+15s connect` or `+15s 1 answered`. */
  said(): string[] {
    const lines: string[] = [];
    for (let output = this.exchange.poll(); output !== undefined; output = this.exchange.poll()) {
      let line: string;
      if (output.type === 'send') {
        const kind = ['connect', 'announce', 'scrape'][new DataView(output.bytes.buffer).getUint32(8)]!;
        this.sent.push({ to: output.to, bytes: output.bytes, kind });
        line = output.to === tracker ? kind : `${kind} to ${formatAddress(output.to)}`;
      } else if (output.type === 'refused') line = `${output.id} refused: ${output.reason}`;
      else if (output.type === 'failed') line = `${output.id} failed: ${output.sentence}`;
      else line = `${output.id} ${output.type}`;
      lines.push(`+${this.now / 1000}s ${line}`);
    }
    return lines;
  }

  pass(seconds: number): string[] {
    const end = this.now + seconds * 1000;
    const lines = this.said();
    for (
      let at = this.exchange.nextTimeout();
      at !== undefined && at <= end;
      at = this.exchange.nextTimeout()
    ) {
      this.now = at;
      this.exchange.timePassed(this.now);
      lines.push(...this.said());
    }
    this.now = end;
    return lines;
  }

  /** Answers the last datagram of that kind. */
  answer(kind: string, from = tracker, change: (bytes: Uint8Array) => Uint8Array = bytes => bytes): boolean {
    const { bytes } = this.sent.findLast(datagram => datagram.kind === kind)!;
    return this.exchange.received(from, change(answerTo(bytes)), this.now);
  }

  refuse(kind: string, reason: string): boolean {
    const { bytes } = this.sent.findLast(datagram => datagram.kind === kind)!;
    const text = new TextEncoder().encode(reason);
    return this.exchange.received(
      tracker,
      new Uint8Array([0, 0, 0, 3, ...bytes.subarray(12, 16), ...text]),
      this.now,
    );
  }
}

function answerTo(bytes: Uint8Array): Uint8Array {
  const action = bytes[11]!;
  const head = [0, 0, 0, action, ...bytes.subarray(12, 16)];
  if (action === 0) return new Uint8Array([...head, 9, 9, 9, 9, 9, 9, 9, bytes[15]!]);
  return new Uint8Array([...head, 0, 0, 7, 8, 0, 0, 0, 1, 0, 0, 0, 1]);
}

test('connects, then announces', () => {
  const talk = new Talk();
  talk.ask();
  expect(talk.said()).toEqual(['+0s connect']);
  talk.now = 1000;
  expect(talk.answer('connect')).toBe(true);
  expect(talk.said()).toEqual(['+1s announce']);
  talk.now = 2000;
  expect(talk.answer('announce')).toBe(true);
  expect(talk.said()).toEqual(['+2s 1 answered']);
  expect(talk.exchange.nextTimeout()).toBeUndefined();
});

// BEP 15, "Time outs": "Connect times out"
test('a connect that is not answered is sent again after 15, 30, 60 seconds …', () => {
  const talk = new Talk();
  talk.ask();
  const lines = talk.pass(10_000);
  expect(lines).toEqual([
    ...[0, 15, 45, 105, 225, 465, 945, 1905, 3825].map(at => `+${at}s connect`),
    '+7665s 1 failed: The tracker does not answer.',
  ]);
  // It is the same question each time.
  expect(new Set(talk.sent.map(({ bytes }) => bytes.join())).size).toBe(1);
});

// BEP 15, "Time outs": "Announce times out"
test('an announce that is not answered is sent again, with a new connection id where the old one is too old', () => {
  const talk = new Talk();
  talk.ask();
  talk.said();
  talk.now = 1000;
  talk.answer('connect');
  talk.now = 2000;
  expect(talk.said()).toEqual(['+2s announce']);
  talk.now = 1000;
  expect(talk.pass(250)).toEqual(['+16s announce', '+46s announce', '+106s connect', '+226s connect']);
});

test('several questions share a connection id for a minute', () => {
  const talk = new Talk();
  talk.ask();
  talk.ask();
  expect(talk.said()).toEqual(['+0s connect']);
  talk.answer('connect');
  expect(talk.said()).toEqual(['+0s announce', '+0s announce']);
  talk.answer('announce');
  talk.now = 59_999;
  talk.ask(scrape);
  expect(talk.said()).toEqual(['+59.999s 2 answered', '+59.999s scrape']);
  talk.answer('scrape');
  talk.now = 60_000;
  talk.ask();
  expect(talk.said()).toEqual(['+60s 3 scraped', '+60s connect']);
});

test('many that wait for one tracker send one connect, and again only when it may be lost', () => {
  const talk = new Talk();
  const lines: string[] = [];
  for (let i = 0; i < 14; i++) {
    talk.ask();
    lines.push(...talk.pass(1));
  }
  lines.push(...talk.pass(40));
  expect(lines).toEqual(['+0s connect', '+15s connect', '+45s connect']);
});

test('an answer counts only from the address that was asked', () => {
  const talk = new Talk();
  talk.ask();
  talk.said();
  expect(talk.answer('connect', other)).toBe(false);
  expect(talk.answer('connect', { ...tracker, port: 1 })).toBe(false);
  expect(talk.said()).toEqual([]);
  expect(talk.answer('connect')).toBe(true);
});

test('an answer counts only with the transaction that was asked, and once', () => {
  const talk = new Talk();
  talk.ask();
  talk.said();
  const otherTransaction = (bytes: Uint8Array) => bytes.with(4, bytes[4]! ^ 1);
  expect(talk.answer('connect', tracker, otherTransaction)).toBe(false);
  expect(talk.answer('connect')).toBe(true);
  expect(talk.answer('connect')).toBe(false);
  talk.said();
  expect(talk.answer('announce', tracker, otherTransaction)).toBe(false);
  expect(talk.answer('announce')).toBe(true);
  expect(talk.answer('announce')).toBe(false);
});

test('an answer to another question than was asked is passed over', () => {
  const talk = new Talk();
  talk.ask();
  talk.said();
  talk.answer('connect');
  talk.said();
  talk.answer('announce', tracker, bytes => bytes.with(3, 2));
  talk.answer('announce', tracker, bytes => bytes.with(3, 0));
  expect(talk.said()).toEqual([]);
  talk.answer('announce');
  expect(talk.said()).toEqual(['+0s 1 answered']);
});

test('an answer that is cut off fails its question', () => {
  const talk = new Talk();
  talk.ask();
  talk.said();
  talk.answer('connect');
  talk.said();
  talk.answer('announce', tracker, bytes => bytes.subarray(0, 19));
  expect(talk.said()).toEqual([
    '+0s 1 failed: The answer is cut off: the tracker may not serve this torrent.',
  ]);
});

test('a tracker that refuses says why', () => {
  const talk = new Talk();
  talk.ask();
  talk.said();
  talk.answer('connect');
  talk.said();
  talk.refuse('announce', 'not registered');
  expect(talk.said()).toEqual(['+0s 1 refused: not registered']);

  const early = new Talk();
  early.ask();
  early.ask();
  early.said();
  early.refuse('connect', 'go away');
  expect(early.said()).toEqual(['+0s 1 refused: go away', '+0s 2 refused: go away']);
});

test('an error about a connection id that an earlier question got is answered with a new one, once', () => {
  const talk = new Talk();
  talk.ask();
  talk.said();
  talk.answer('connect');
  talk.said();
  talk.answer('announce');
  talk.now = 30_000;
  talk.ask();
  expect(talk.said()).toEqual(['+30s 1 answered', '+30s announce']);
  talk.refuse('announce', 'Connection ID mismatch');
  expect(talk.said()).toEqual(['+30s connect']);
  talk.answer('connect');
  expect(talk.said()).toEqual(['+30s announce']);
  talk.refuse('announce', 'Connection ID mismatch');
  expect(talk.said()).toEqual(['+30s 2 refused: Connection ID mismatch']);
});

test('a question that is no longer wanted is forgotten', () => {
  const talk = new Talk();
  const id = talk.ask();
  talk.said();
  talk.exchange.forget(id, talk.now);
  expect(talk.answer('connect')).toBe(false);
  expect(talk.pass(10_000)).toEqual([]);
});

test('an address that nothing can be sent to fails its questions alone', () => {
  const talk = new Talk();
  talk.ask(announce, other);
  talk.ask();
  talk.said();
  talk.exchange.unreachable(other, 'There is no way to it.', talk.now);
  expect(talk.said()).toEqual(['+0s 1 failed: There is no way to it.']);
  talk.answer('connect');
  expect(talk.said()).toEqual(['+0s announce']);
});

test('gives up earlier where it is told to', () => {
  const talk = new Talk({ retransmits: 1 });
  talk.ask();
  expect(talk.pass(100)).toEqual([
    '+0s connect',
    '+15s connect',
    '+45s 1 failed: The tracker does not answer.',
  ]);
});

test('whatever arrives, each question ends once', () => {
  const datagram = fc.record({
    what: fc.constantFrom('ask', 'answer connect', 'answer announce', 'error', 'noise', 'wait', 'forget'),
    bytes: fc.uint8Array({ maxLength: 40 }),
    to: fc.constantFrom(tracker, other),
  });
  fc.assert(
    fc.property(fc.array(datagram, { maxLength: 40 }), script => {
      const talk = new Talk({ retransmits: 2 });
      const open = new Set<string>();
      const end = (lines: string[]) => {
        for (const line of lines) {
          const id = /^\+\S+s (\d+) /.exec(line)?.[1];
          if (id !== undefined) expect(open.delete(id), line).toBe(true);
        }
      };
      for (const { what, bytes, to } of script) {
        const kind = what.slice(7);
        if (what === 'ask') open.add(String(talk.ask(announce, to)));
        else if (what === 'wait') end(talk.pass(20));
        else if (what === 'noise') talk.exchange.received(to, bytes, talk.now);
        else if (what === 'forget') {
          const [id] = open;
          if (id === undefined) continue;
          open.delete(id);
          talk.exchange.forget(Number(id), talk.now);
        } else if (what === 'error') {
          const last = talk.sent.at(-1);
          if (last === undefined) continue;
          const answer = new Uint8Array([0, 0, 0, 3, ...last.bytes.subarray(12, 16)]);
          talk.exchange.received(last.to, answer, talk.now);
        } else if (talk.sent.some(sent => sent.kind === kind)) {
          talk.answer(kind, to);
        }
        end(talk.said());
      }
      end(talk.pass(10_000));
      expect([...open]).toEqual([]);
      expect(talk.exchange.nextTimeout()).toBeUndefined();
    }),
  );
});

test('a tracker that is asked by its name answers from any address, by its port and under what it was asked', () => {
  const talk = new Talk();
  talk.ask(announce, { host: 'tracker.example', port: 6969 });
  expect(talk.said()).toEqual(['+0s connect to tracker.example:6969']);
  expect(talk.answer('connect', { host: '192.0.2.7', port: 6970 })).toBe(false);
  expect(talk.answer('connect', { host: '192.0.2.7', port: 6969 })).toBe(true);
  expect(talk.said()).toEqual(['+0s announce to tracker.example:6969']);
  expect(talk.answer('announce', { host: '2001:db8::7', port: 6969 })).toBe(true);
  expect(talk.said()).toEqual(['+0s 1 answered']);
});
