// `swarmline tracker probe`: asks a tracker as clients do, and says what it does well, what not, and how long it takes. It
// makes up a torrent of its own, and leaves no trace: what it announces, it takes back.

import { randomBytes, randomInt } from 'node:crypto';
import { BencodeDictionary, decode } from '../core/bencode/decode.ts';
import { ProtocolError, SwarmlineError } from '../core/errors.ts';
import type { AnnounceAnswer, AnnounceRequest } from '../core/tracker/announce.ts';
import { parseAnnounceAnswer, parseScrapeAnswer } from '../core/tracker/http-answer.ts';
import { announceUrl, scrapeUrl } from '../core/tracker/http-request.ts';
import { parseTrackerUrl, type TrackerUrl } from '../core/tracker/tracker-url.ts';
import { nodeHttpClient } from '../io/http-client.ts';
import { displayText } from './output/display-text.ts';
import { formatPlural } from './output/figures.ts';
import type { Terminal } from './terminal.ts';
import { type Finding, intervalFinding, refusalFinding, timed } from './tracker-probe-findings.ts';
import { type ProbeAsker, udpAsker } from './tracker-probe-udp.ts';
import { webSocketFindings } from './tracker-probe-ws.ts';
import { UsageError } from './usage-error.ts';

export interface ProbeFlags {
  readonly infoHash?: Uint8Array;
  readonly json?: boolean;
}

/** Ends with status 1 where the tracker does something that it must not. */
export async function runTrackerProbe(url: string, flags: ProbeFlags, terminal: Terminal): Promise<void> {
  const findings: Finding[] = [];
  const { paint } = terminal.out;
  const marks = { good: paint.complete('✓'), bad: paint.failed('✗'), note: paint.idle('·') };
  for await (const finding of probe(url, flags.infoHash)) {
    findings.push(finding);
    const { state, what, sentence, ms } = finding;
    const took = ms === undefined ? '' : `${ms.toFixed(ms < 10 ? 1 : 0)} ms`;
    if (flags.json === true) await terminal.out.line(JSON.stringify(finding));
    else
      await terminal.out.line(
        `${marks[state]} ${what.padEnd(10)}${took.padStart(8)}  ${displayText(sentence)}`,
      );
  }
  if (findings.some(({ state }) => state === 'bad')) terminal.exitStatus = 1;
}

/** The findings, as they come. @throws UsageError where the URL is none of a tracker */
export async function* probe(url: string, infoHash?: Uint8Array): AsyncGenerator<Finding> {
  const parsed = parseTrackerUrl(url);
  if (parsed === undefined || !SCHEMES.includes(parsed.scheme))
    throw new UsageError(`"${url}" is no URL of a tracker that begins with ${SCHEMES.join('://, ')}://.`);
  const hash = infoHash ?? new Uint8Array(randomBytes(20));
  const isOurs = infoHash === undefined;
  try {
    if (parsed.scheme.startsWith('ws')) yield* webSocketFindings(url, hash, isOurs);
    else yield* askedFindings(parsed, url, hash, isOurs);
  } catch (error) {
    if (!(error instanceof SwarmlineError)) throw error;
    yield { state: 'bad', what: 'answer', sentence: error.message };
  }
}

async function* askedFindings(
  parsed: TrackerUrl,
  url: string,
  infoHash: Uint8Array,
  isOurs: boolean,
): AsyncGenerator<Finding> {
  const asker = parsed.scheme === 'udp' ? await udpAsker(parsed) : httpAsker(url);
  try {
    yield* conversation(asker, parsed, infoHash, isOurs);
  } finally {
    asker.close();
  }
}

async function* conversation(
  asker: ProbeAsker,
  url: TrackerUrl,
  infoHash: Uint8Array,
  isOurs: boolean,
): AsyncGenerator<Finding> {
  if (asker.greet !== undefined) yield* asker.greet();
  const first = peerOf(infoHash);
  const second = peerOf(infoHash);
  const [answer, ms] = await timed(() => asker.announce({ ...first, event: 'started' }));
  if (answer.kind === 'refusal') {
    yield { state: isOurs ? 'note' : 'bad', what: 'announce', sentence: `It refuses: ${answer.reason}`, ms };
    yield refusalFinding(answer);
    return;
  }
  yield {
    state: 'good',
    what: 'announce',
    sentence: `It answers, with ${formatPlural(answer.peers.length, 'peer')}.`,
    ms,
  };
  yield intervalFinding(answer, USUAL_INTERVAL);
  yield selfFinding(answer, first.port);
  if (answer.externalIp !== undefined)
    yield { state: 'good', what: 'address', sentence: `It sees us at ${answer.externalIp} (BEP 24).` };
  else if (url.scheme !== 'udp')
    yield { state: 'note', what: 'address', sentence: 'It does not say where it sees us (BEP 24).' };

  const [met, metMs] = await timed(() => asker.announce({ ...second, left: 0, event: 'started' }));
  const isMet = met.kind === 'answer' && met.peers.some(({ port }) => port === first.port);
  yield isMet
    ? { state: 'good', what: 'peers', sentence: 'A second peer is told of the first.', ms: metMs }
    : {
        state: 'bad',
        what: 'peers',
        sentence: 'A second peer at the same address is not told of the first.',
        ms: metMs,
      };
  yield* scrapeFindings(asker, infoHash, isOurs);
  yield* asker.rudeness();

  for (const peer of [first, second]) await asker.announce({ ...peer, event: 'stopped' });
  if (!isOurs) return;
  const left = await asker.scrape(infoHash);
  const isGone = left === undefined || left.complete + left.incomplete === 0;
  yield isGone
    ? { state: 'good', what: 'leaving', sentence: 'Who stops is gone at once.' }
    : {
        state: 'bad',
        what: 'leaving',
        sentence: `Both have stopped, and ${left.complete + left.incomplete} are still counted.`,
      };
}

async function* scrapeFindings(
  asker: ProbeAsker,
  infoHash: Uint8Array,
  isOurs: boolean,
): AsyncGenerator<Finding> {
  const [counts, ms] = await timed(() => asker.scrape(infoHash));
  if (counts === undefined) {
    yield { state: 'note', what: 'scrape', sentence: 'It tells no counts (BEP 48).', ms };
  } else {
    const { complete, incomplete, downloaded } = counts;
    const isRight = !isOurs || (complete === 1 && incomplete === 1);
    const sentence = `${formatPlural(complete, 'seed')}, ${formatPlural(incomplete, 'leecher')}, ${formatPlural(downloaded, 'download')}.`;
    yield isRight
      ? { state: 'good', what: 'scrape', sentence, ms }
      : {
          state: 'bad',
          what: 'scrape',
          sentence: `There are one seed and one leecher, and it says ${sentence}`,
          ms,
        };
  }
}

function selfFinding({ peers }: AnnounceAnswer, port: number): Finding {
  return peers.some(peer => peer.port === port)
    ? { state: 'note', what: 'self', sentence: 'It tells a peer of itself.' }
    : { state: 'good', what: 'self', sentence: 'It does not tell a peer of itself.' };
}

function httpAsker(url: string): ProbeAsker {
  const http = nodeHttpClient({ keepAlive: true });
  const get = (target: string, headers: Record<string, string> = {}) =>
    http.get({ url: target, headers, timeoutMs: 10_000, maxBytes: 1_048_576 });
  const announce = async (request: AnnounceRequest) => {
    const { status, body } = await get(announceUrl(url, request));
    if (status !== 200) throw new SwarmlineError('HTTP_STATUS', `It answers with status ${status}.`);
    return parseAnnounceAnswer(body);
  };
  return {
    announce,
    scrape: async infoHash => {
      const target = scrapeUrl(url, [infoHash]);
      if (target === undefined) return undefined;
      const { status, body } = await get(target);
      if (status !== 200) return undefined;
      const counts = parseScrapeAnswer(body, [infoHash]);
      return Array.isArray(counts) ? counts[0] : undefined;
    },
    rudeness: async function* () {
      const request = { ...peerOf(new Uint8Array(20)), event: 'stopped' } as const;
      const plain = await get(announceUrl(url, request).replace('&compact=1', '&compact=0'));
      yield peersForm(plain.body);
      const torn = await get(`${url}${url.includes('?') ? '&' : '?'}info_hash=x`);
      yield fault(torn.status, torn.body);
    },
    close: () => {},
  };
}

function peersForm(body: Uint8Array): Finding {
  const peers = entryOf(body, 'peers');
  const form = Array.isArray(peers) ? 'as dictionaries' : 'compact all the same, as BEP 23 allows';
  return { state: 'good', what: 'form', sentence: `Who wants no compact peers gets them ${form}.` };
}

function fault(status: number, body: Uint8Array): Finding {
  const what = 'nonsense';
  const reason = entryOf(body, 'failure reason');
  if (status === 200 && reason !== undefined)
    return { state: 'good', what, sentence: 'A broken announce gets a failure reason.' };
  return { state: 'note', what, sentence: `A broken announce gets status ${status} and no failure reason.` };
}

function entryOf(body: Uint8Array, name: string): unknown {
  try {
    const value = decode(body, { lenient: true, maxDepth: 10 });
    return value instanceof BencodeDictionary ? value.get(name) : undefined;
  } catch (error) {
    if (!(error instanceof ProtocolError)) throw error;
    return undefined;
  }
}

function peerOf(infoHash: Uint8Array): AnnounceRequest {
  const peerId = new Uint8Array([...Buffer.from('-SW0100-'), ...randomBytes(12)]);
  const port = randomInt(1_025, 65_536);
  return {
    infoHash,
    peerId,
    port,
    uploaded: 0,
    downloaded: 0,
    left: 1,
    key: randomInt(2 ** 32),
    numWant: 50,
  };
}

/** Seconds, and in words. */
const USUAL_INTERVAL = { least: 300, most: 10_800, words: '5 minutes to 3 hours' };
const SCHEMES = ['http', 'https', 'udp', 'ws', 'wss'];
