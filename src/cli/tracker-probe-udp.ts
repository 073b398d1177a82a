// What a probe asks over UDP (BEP 15): one question at a time, each sent again where no answer comes. Nobody else's answers
// are listened to.

import { randomBytes, randomInt } from 'node:crypto';
import { isIPv6 } from 'node:net';
import { SwarmlineError } from '../core/errors.ts';
import type {
  AnnounceAnswer,
  AnnounceRefusal,
  AnnounceRequest,
  SwarmCounts,
} from '../core/tracker/announce.ts';
import type { TrackerUrl } from '../core/tracker/tracker-url.ts';
import {
  encodeUdpAnnounce,
  encodeUdpConnect,
  encodeUdpScrape,
  parseUdpAnswer,
  udpTransactionId,
} from '../core/tracker/udp.ts';
import { nodeNames } from '../io/names.ts';
import { nodeDatagrams } from '../io/udp.ts';
import type { Finding } from './tracker-probe-findings.ts';

/** A way to ask a tracker, whatever carries it. */
export interface ProbeAsker {
  announce(request: AnnounceRequest): Promise<AnnounceAnswer | AnnounceRefusal>;
  scrape(infoHash: Uint8Array): Promise<SwarmCounts | undefined>;
  /** What comes before the first announce. */
  greet?(): AsyncGenerator<Finding>;
  /** What a tracker should not fall for. */
  rudeness(): AsyncGenerator<Finding>;
  close(): void;
}

export async function udpAsker({ host, port, path, query }: TrackerUrl): Promise<ProbeAsker> {
  if (port === undefined)
    throw new SwarmlineError('URL_PORT_MISSING', 'A URL of a UDP tracker needs a port.');
  const [address] = await nodeNames.resolve(host);
  const remote = address!;
  const isIpv6 = isIPv6(remote);
  const socket = await nodeDatagrams.bind({ host: isIpv6 ? '::' : '0.0.0.0', port: 0 });
  const urlData = path + (query === undefined ? '' : `?${query}`);
  let connectionId = new Uint8Array(8);

  const ask = (
    make: (transactionId: number) => Uint8Array,
    timeoutMs = TIMEOUT_MS,
  ): Promise<Uint8Array | undefined> =>
    new Promise(resolve => {
      const transactionId = randomInt(2 ** 32);
      const bytes = make(transactionId);
      const settle = (answer: Uint8Array | undefined) => {
        clearTimeout(again);
        clearTimeout(over);
        socket.onDatagram = () => {};
        resolve(answer);
      };
      socket.onDatagram = (answer, from, fromPort) => {
        const isIts = from === remote && fromPort === port && udpTransactionId(answer) === transactionId;
        if (isIts) settle(answer.slice());
      };
      const again = setTimeout(() => socket.send(bytes.slice(), remote, port), timeoutMs / 3);
      const over = setTimeout(() => settle(undefined), timeoutMs);
      socket.send(bytes.slice(), remote, port);
    });
  const answered = async (make: (transactionId: number) => Uint8Array) => {
    const bytes = await ask(make);
    if (bytes === undefined)
      throw new SwarmlineError('TRACKER_SILENT', `${host}:${port} does not answer over UDP.`);
    return { bytes, answer: parseUdpAnswer(bytes, isIpv6 ? 16 : 4) };
  };
  const unexpected = () =>
    new SwarmlineError('TRACKER_ANSWER_INVALID', 'It answers another question than was asked.');
  return {
    greet: async function* () {
      const start = performance.now();
      const { bytes, answer } = await answered(encodeUdpConnect);
      if (answer.action !== 'connect') throw unexpected();
      connectionId = answer.connectionId.slice();
      const ms = performance.now() - start;
      yield { state: 'good', what: 'connect', sentence: 'It gives a connection id.', ms };
      if (bytes.length > 16) {
        const sentence =
          'Its answer to a connect is longer than the question: it can be used against others.';
        yield { state: 'bad', what: 'connect', sentence };
      }
    },
    announce: async request => {
      const { answer } = await answered(id => encodeUdpAnnounce(connectionId, id, request, urlData));
      if (answer.action === 'error') return { kind: 'refusal', reason: answer.reason };
      if (answer.action !== 'announce') throw unexpected();
      return answer.answer;
    },
    scrape: async infoHash => {
      const { answer } = await answered(id => encodeUdpScrape(connectionId, id, [infoHash]));
      return answer.action === 'scrape' ? answer.counts[0] : undefined;
    },
    rudeness: async function* () {
      const forged = new Uint8Array(randomBytes(8));
      const answer = await ask(id => encodeUdpScrape(forged, id, [new Uint8Array(20)]), FORGED_TIMEOUT_MS);
      if (answer === undefined)
        yield {
          state: 'good',
          what: 'forgery',
          sentence: 'A connection id that it never gave gets no answer.',
        };
      else if (parseUdpAnswer(answer, 4).action === 'error')
        yield {
          state: 'note',
          what: 'forgery',
          sentence: 'A connection id that it never gave gets an error: silence is safer.',
        };
      else
        yield {
          state: 'bad',
          what: 'forgery',
          sentence: 'It takes any connection id: others can be enrolled by it.',
        };
    },
    close: () => socket.close(),
  };
}

const TIMEOUT_MS = 6_000;
const FORGED_TIMEOUT_MS = 1_500;
