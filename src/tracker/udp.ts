// The tracker over UDP (BEP 15): a datagram and where it came from to the bytes to answer with, or to nothing.
//
// Nobody can make it send to somebody else: a connect, which proves nothing yet, is answered with no more bytes than it
// had; all else needs a connection id that was given to this address; what was never given is not answered at all. It
// keeps nothing of anybody who asks. Where the store answers at once, so does this, and makes no object that lasts.

import type { AnnounceRefusal } from '../core/tracker/announce.ts';
import {
  readUdpAnnounce,
  UdpAnnounceFacts,
  udpAnnounceFault,
  udpInfoHash,
  udpPeersRoom,
  udpRequestKind,
  udpScrapeCount,
  udpScrapeFault,
  udpScrapeHash,
  udpUrlData,
  writeUdpAnnounceAnswer,
  writeUdpConnectAnswer,
  writeUdpError,
  writeUdpScrapeAnswer,
} from '../core/tracker/udp-server.ts';
import type { DatagramHandler, DatagramPlace, DatagramsAhead } from '../host/datagram.ts';
import type { MessageRow } from '../host/keyed-hashes.ts';
import type { ConnectionIds } from './connection-ids.ts';
import { type FrontCounts, TrackerCounts } from './ops/counts.ts';
import type { Tracker, TrackerReply } from './tracker.ts';

export interface UdpTrackerOptions {
  /** Hands the tracker the URL that a client announces to (BEP 41): where passkeys are in it. @default false */
  readonly readsUrl?: boolean;
}

export interface UdpTrackerDeps {
  readonly tracker: Tracker;
  readonly connectionIds: ConnectionIds;
  /** The address of this machine that is listened at, where it is one. */
  readonly localIp?: Uint8Array | undefined;
  /** Sends an answer that was not ready at once: only where the store answers later. The bytes are given away. */
  readonly answered?: (
    answer: Uint8Array,
    ip: Uint8Array,
    port: number,
    localIp: Uint8Array | undefined,
  ) => void;
  /** Told of all that is asked and answered. @default nobody looks */
  readonly counts?: FrontCounts | undefined;
}

export class UdpTracker {
  readonly #readsUrl: boolean;
  readonly #tracker: Tracker;
  readonly #connectionIds: ConnectionIds;
  readonly #localIp: Uint8Array | undefined;
  readonly #answered: UdpTrackerDeps['answered'];
  readonly #counts: FrontCounts;
  readonly #facts = new UdpAnnounceFacts();
  // Of the batch that is being handled: how many of it have their tags, and the hashes of their torrents.
  #countAhead = 0;
  #hashesAhead: Int32Array | undefined;
  #infoHashes: MessageRow | undefined;

  constructor(options: UdpTrackerOptions, deps: UdpTrackerDeps) {
    this.#readsUrl = options.readsUrl ?? false;
    this.#tracker = deps.tracker;
    this.#connectionIds = deps.connectionIds;
    this.#localIp = deps.localIp;
    this.#answered = deps.answered;
    this.#counts = deps.counts ?? new TrackerCounts(() => 0).udp;
  }

  /** What came from nowhere (port 0), is no request, or has a forged id gets nothing; nor does who is banned. */
  readonly handle: DatagramHandler = (place, now) => {
    const counts = this.#counts;
    const begun = counts.begun();
    const written = this.#handle(place, begun, now);
    counts.moved(place.length, written);
    if (written > 0) counts.ended(begun);
    return written;
  };

  /**
   * What is hashed and looked up of all that have come is hashed and looked up at once. Of one alone too, though that gains nothing:
   * who comes by another way each time has V8 compile everything anew, and waits for it.
   */
  readonly ahead: DatagramsAhead = (addresses, datagrams, count, now) => {
    this.#countAhead = this.#connectionIds.lookAhead(addresses, count, now) ? count : 0;
    this.#infoHashes ??= { ...datagrams, ...udpInfoHash(datagrams.at) };
    this.#hashesAhead = this.#tracker.lookAhead(this.#infoHashes, count);
  };

  #handle(place: DatagramPlace, begun: number, now: number): number {
    const { bytes, length, ip, port, answer } = place;
    const counts = this.#counts;
    if (this.#tracker.bans.has(ip)) return this.#silent('banned');
    const kind = port === 0 || length > bytes.length ? undefined : udpRequestKind(bytes, length);
    if (kind === undefined) return this.#silent('malformed');
    if (kind === 'connect') {
      counts.connected();
      this.#connectionIds.write(ip, now, answer, 8);
      return writeUdpConnectAnswer(bytes, answer);
    }
    const ahead = place.number < this.#countAhead ? place.number : -1;
    const verdict = this.#connectionIds.judge(ip, now, bytes, 0, ahead);
    if (verdict === 'forged') return this.#silent('connection_id_forged');
    if (verdict === 'expired') {
      counts.failed('connection_id_expired');
      // Whoever had that address then may have it no longer: no more bytes than came.
      return length < 8 + EXPIRED.length ? 0 : writeUdpError(bytes, answer, EXPIRED);
    }
    // Only now is it known who asks: before, anybody could use up another's share.
    if (!this.#tracker.admits(ip, now)) return this.#silent('too_many_requests');
    const fault = kind === 'announce' ? udpAnnounceFault(bytes, length) : udpScrapeFault(length);
    if (fault !== undefined) {
      counts.failed('malformed');
      return writeUdpError(bytes, answer, fault);
    }
    // Where the store takes its time the place is used for others meanwhile.
    const kept = this.#answered === undefined ? place : copyOf(place);
    return kind === 'announce' ? this.#announce(kept, begun, now) : this.#scrape(kept, begun, now);
  }

  #silent(why: string): number {
    this.#counts.failed(why);
    return 0;
  }

  /** Sends what was not ready at once. */
  #later({ answer, ip, port, localIp }: DatagramPlace, written: number, begun: number): void {
    if (this.#answered === undefined) return;
    this.#counts.moved(0, written);
    this.#counts.ended(begun);
    this.#answered(answer.subarray(0, written), ip, port, localIp);
  }

  #announce(place: DatagramPlace, begun: number, now: number): number {
    const { bytes, length, ip } = place;
    const facts = this.#answered === undefined ? this.#facts : new UdpAnnounceFacts();
    readUdpAnnounce(bytes, facts);
    const announce = {
      facts,
      hash: this.#hashesAhead?.[place.number],
      ip,
      localIp: place.localIp ?? this.#localIp,
      ownFamilyOnly: true,
      maxPeers: udpPeersRoom(place.answer, ip.length === 4 ? 4 : 16),
      url: this.#readsUrl ? udpUrlData(bytes, length) : undefined,
    };
    this.#counts.announced(facts.event);
    if (this.#answered === undefined)
      return this.#writeReply(place, this.#tracker.announceNow(announce, now));
    this.#tracker.announce(announce, now, reply => {
      this.#later(place, this.#writeReply(place, reply), begun);
    });
    return 0;
  }

  #writeReply({ bytes, ip, answer }: DatagramPlace, reply: TrackerReply | AnnounceRefusal): number {
    if ('kind' in reply) {
      this.#counts.failed(reply.code ?? 'other');
      return writeUdpError(bytes, answer, reply.reason);
    }
    if (reply.isAlone) this.#counts.failed('store_down');
    return ip.length === 4
      ? writeUdpAnnounceAnswer(bytes, answer, reply, reply.peers, 4)
      : writeUdpAnnounceAnswer(bytes, answer, reply, reply.peers6, 16);
  }

  #scrape(place: DatagramPlace, begun: number, now: number): number {
    const { bytes, length, answer } = place;
    this.#counts.scraped();
    // A scrape has no room for a URL (BEP 41 is of announces): where keys are asked for there is none in it.
    const no = this.#tracker.scrapeRefusal('');
    if (no !== undefined) {
      this.#counts.failed(no.code ?? 'other');
      const refused = writeUdpError(bytes, answer, no.reason);
      this.#later(place, refused, begun);
      return this.#answered === undefined ? refused : 0;
    }
    const count = Math.min(udpScrapeCount(length), this.#tracker.maxScrapeHashes);
    const infoHashes = Array.from({ length: count }, (_, i) => udpScrapeHash(bytes, i));
    let written = 0;
    this.#tracker.scrape(infoHashes, now, counts => {
      written = writeUdpScrapeAnswer(bytes, answer, counts);
      this.#later(place, written, begun);
    });
    return this.#answered === undefined ? written : 0;
  }
}

function copyOf({ number, bytes, length, ip, port, localIp, answer }: DatagramPlace): DatagramPlace {
  return {
    number,
    bytes: bytes.slice(0, length),
    length,
    ip: ip.slice(),
    port,
    localIp: localIp?.slice(),
    answer: new Uint8Array(answer.length),
  };
}

const EXPIRED = 'The connection id has expired.';
