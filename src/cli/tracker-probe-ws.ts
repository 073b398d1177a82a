// What a probe asks over WebSocket (WebTorrent's signalling): two peers, an offer of one that reaches the other, and the answer that
// comes back. Where others are in the swarm no offer is made: it might be one of them that waits for what leads nowhere.

import { toBinaryString } from '../core/bytes/utf8.ts';
import { SwarmlineError } from '../core/errors.ts';
import type { SwarmCounts } from '../core/tracker/announce.ts';
import type { WsPassedOn, WsReply } from '../core/tracker/ws-client.ts';
import { formatPlural } from './output/figures.ts';
import { type Finding, intervalFinding, refusalFinding, timed } from './tracker-probe-findings.ts';
import { newOfferId, WsPeer } from './tracker-probe-ws-peer.ts';

export async function* webSocketFindings(
  url: string,
  infoHash: Uint8Array,
  isOurs: boolean,
): AsyncGenerator<Finding> {
  const open: WsPeer[] = [];
  const connected = async (left: number) => {
    const peer = await WsPeer.open(url, toBinaryString(infoHash), left);
    open.push(peer);
    return peer;
  };
  try {
    const [first, ms] = await timed(() => connected(1));
    yield { state: 'good', what: 'connect', sentence: 'It takes a WebSocket.', ms };
    const [reply, replyMs] = await timed(() => first.announce({ event: 'started', offers: isOurs ? 1 : 0 }));
    if (reply.kind === 'refusal') {
      const sentence = `It refuses: ${reply.reason}`;
      yield { state: isOurs ? 'note' : 'bad', what: 'announce', sentence, ms: replyMs };
      yield refusalFinding(reply);
      return;
    }
    yield { state: 'good', what: 'announce', sentence: `It answers, with ${countsIn(reply)}.`, ms: replyMs };
    yield intervalIn(reply);
    const second = await connected(0);
    yield* signalling(first, second, (reply.complete ?? 0) + (reply.incomplete ?? 0) > 1);
    const counts = await timed(() => first.scrape());
    yield scrapeFinding(counts, isOurs);
    yield await nonsense(await connected(1));
    yield* leaving(first, second, isOurs && counts[0] !== undefined);
  } finally {
    for (const peer of open) peer.close();
  }
}

async function* signalling(first: WsPeer, second: WsPeer, hasOthers: boolean): AsyncGenerator<Finding> {
  if (hasOthers) {
    await second.announce({ event: 'started' });
    const sentence = 'Others are in this swarm, and are spared offers that lead nowhere: none was made.';
    yield { state: 'note', what: 'peers', sentence };
    return;
  }
  const what = 'peers';
  const begun = performance.now();
  const [offered] = await Promise.all([
    first.passedOn('offer').then(offer => offer && { offer, ms: performance.now() - begun }),
    second.announce({ event: 'started', offers: 2 }),
  ]);
  if (offered === undefined) {
    yield { state: 'bad', what, sentence: 'An offer of a second peer does not reach the first.' };
    return;
  }
  const { offer, ms } = offered;
  yield second.hasMade(offer)
    ? { state: 'good', what, sentence: 'An offer of a second peer reaches the first.', ms }
    : { state: 'bad', what, sentence: 'An offer reaches the first peer otherwise than the second made it.' };
  yield first.hasHeard(first.peerId) || second.hasHeard(second.peerId)
    ? { state: 'note', what: 'self', sentence: 'It gives a peer offers of its own.' }
    : { state: 'good', what: 'self', sentence: 'It gives no peer an offer of its own.' };
  yield await answering(first, second, offer);
  yield await forgery(first, second);
}

async function answering(first: WsPeer, second: WsPeer, offer: WsPassedOn): Promise<Finding> {
  const what = 'answer';
  first.answer(offer);
  const [answer, ms] = await timed(() => second.passedOn('answer'));
  if (answer === undefined)
    return { state: 'bad', what, sentence: 'The answer to an offer does not reach the peer that made it.' };
  return first.hasGiven(answer) && answer.offerId === offer.offerId
    ? { state: 'good', what, sentence: 'The answer reaches the peer that made the offer.', ms }
    : { state: 'bad', what, sentence: 'An answer reaches the peer otherwise than it was given.' };
}

/** An answer to an offer that nobody made. What comes after it on both sockets shows that it has been dealt with. */
async function forgery(first: WsPeer, second: WsPeer): Promise<Finding> {
  const what = 'forgery';
  first.answer({ infoHash: second.infoHash, peerId: second.peerId, offerId: newOfferId() });
  await first.announce({});
  await second.announce({});
  return second.hasHeard(first.peerId)
    ? {
        state: 'note',
        what,
        sentence:
          'It passes on an answer to an offer that was never made: whoever knows a peer’s id can speak to it.',
      }
    : { state: 'good', what, sentence: 'An answer to an offer that was never made is not passed on.' };
}

function scrapeFinding([counts, ms]: [SwarmCounts | undefined, number], isOurs: boolean): Finding {
  const what = 'scrape';
  if (counts === undefined) return { state: 'note', what, sentence: 'It tells no counts.' };
  const { complete, incomplete, downloaded } = counts;
  const sentence = `${countsIn(counts)}, ${formatPlural(downloaded, 'download')}.`;
  return !isOurs || (complete === 1 && incomplete === 1)
    ? { state: 'good', what, sentence, ms }
    : { state: 'bad', what, sentence: `There are one seed and one leecher, and it says ${sentence}`, ms };
}

/** On a connection of its own: a tracker may well end it. */
async function nonsense(peer: WsPeer): Promise<Finding> {
  const what = 'nonsense';
  peer.say('{"action":"announce"}');
  const told = await peer.told(({ kind }) => kind === 'refusal').catch(ending);
  if (told instanceof SwarmlineError)
    return told.code === 'TRACKER_SILENT'
      ? { state: 'note', what, sentence: 'A broken announce ends the connection.' }
      : {
          state: 'bad',
          what,
          sentence: `What it answers to a broken announce cannot be read: ${told.message}`,
        };
  return told === undefined
    ? { state: 'note', what, sentence: 'A broken announce gets no failure reason.' }
    : { state: 'good', what, sentence: 'A broken announce gets a failure reason.' };
}

/**
 * `isTold`: there is nobody else, and its counts show who is there. Each asks for them on its own socket: what it said before
 * has been dealt with then. A torrent that is left out has nobody.
 */
async function* leaving(first: WsPeer, second: WsPeer, isTold: boolean): AsyncGenerator<Finding> {
  let left = 0;
  for (const peer of [first, second]) {
    peer.sayStopped();
    if (!isTold) continue;
    const counts = await peer.scrape();
    left = counts === undefined ? 0 : counts.complete + counts.incomplete;
  }
  if (!isTold) return;
  yield left === 0
    ? { state: 'good', what: 'leaving', sentence: 'Who stops is gone at once.' }
    : { state: 'bad', what: 'leaving', sentence: `Both have stopped, and ${left} are still counted.` };
}

function intervalIn({ intervalSeconds }: WsReply): Finding {
  if (intervalSeconds !== undefined) return intervalFinding({ intervalSeconds }, USUAL_INTERVAL);
  return { state: 'note', what: 'interval', sentence: 'It does not say when peers shall come again.' };
}

function countsIn({ complete, incomplete }: Pick<WsReply, 'complete' | 'incomplete'>): string {
  if (complete === undefined || incomplete === undefined) return 'no counts';
  return `${formatPlural(complete, 'seed')}, ${formatPlural(incomplete, 'leecher')}`;
}

function ending(error: unknown): SwarmlineError {
  if (error instanceof SwarmlineError) return error;
  throw error;
}

/** Seconds, and in words: bittorrent-tracker and aquatic say 120. */
const USUAL_INTERVAL = { least: 30, most: 1_800, words: '30 seconds to 30 minutes' };
