// The tracker over UDP (BEP 15): a datagram and where it came from to the bytes to answer with, or to nothing.
//
// Nobody can make it send to somebody else: a connect, which proves nothing yet, is answered with no more bytes than it
// had; all else needs a connection id that was given to this address; what was never given is not answered at all. It
// keeps nothing of anybody who asks. Where the store answers at once, so does this, and makes no object that lasts.

import type { AnnounceRefusal } from '../core/tracker/announce.ts';
import type { AnnounceReply } from '../core/tracker/http-answer.ts';
import {
  newUdpAnnounceFacts,
  readUdpAnnounce,
  UDP_ANNOUNCE_ANSWER_LENGTH,
  udpAnnounceFault,
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
import type { DatagramHandler, DatagramPlace } from '../host/datagram.ts';
import type { ConnectionIds } from './connection-ids.ts';
import type { Tracker } from './tracker.ts';

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
  readonly answered?: (answer: Uint8Array, ip: Uint8Array, port: number) => void;
}

export class UdpTracker {
  readonly #readsUrl: boolean;
  readonly #tracker: Tracker;
  readonly #connectionIds: ConnectionIds;
  readonly #localIp: Uint8Array | undefined;
  readonly #answered: UdpTrackerDeps['answered'];
  readonly #facts = newUdpAnnounceFacts();

  constructor(options: UdpTrackerOptions, deps: UdpTrackerDeps) {
    this.#readsUrl = options.readsUrl ?? false;
    this.#tracker = deps.tracker;
    this.#connectionIds = deps.connectionIds;
    this.#localIp = deps.localIp;
    this.#answered = deps.answered;
  }

  /** What came from nowhere (port 0), is no request, or has a forged id gets nothing. */
  readonly handle: DatagramHandler = (place, now) => {
    const { bytes, length, ip, port, answer } = place;
    if (port === 0 || length > bytes.length) return 0;
    const kind = udpRequestKind(bytes, length);
    if (kind === undefined) return 0;
    if (kind === 'connect') {
      this.#connectionIds.write(ip, now, answer, 8);
      return writeUdpConnectAnswer(bytes, answer);
    }
    const verdict = this.#connectionIds.judge(ip, now, bytes, 0);
    if (verdict === 'forged') return 0;
    // Whoever had that address then may have it no longer: no more bytes than came.
    if (verdict === 'expired') return length < 8 + EXPIRED.length ? 0 : writeUdpError(bytes, answer, EXPIRED);
    // Only now is it known who asks: before, anybody could use up another's share.
    if (!this.#tracker.admits(ip, now)) return 0;
    const fault = kind === 'announce' ? udpAnnounceFault(bytes, length) : udpScrapeFault(length);
    if (fault !== undefined) return writeUdpError(bytes, answer, fault);
    // Where the store takes its time the place is used for others meanwhile.
    const kept = this.#answered === undefined ? place : copyOf(place);
    return kind === 'announce' ? this.#announce(kept, now) : this.#scrape(kept, now);
  };

  #announce(place: DatagramPlace, now: number): number {
    const { bytes, length, ip, answer } = place;
    const facts = this.#answered === undefined ? this.#facts : newUdpAnnounceFacts();
    readUdpAnnounce(bytes, facts);
    const width = ip.length === 4 ? 4 : 16;
    const announce = {
      facts,
      ip,
      localIp: this.#localIp,
      ownFamilyOnly: true,
      maxPeers: Math.floor((answer.length - UDP_ANNOUNCE_ANSWER_LENGTH) / (width + 2)),
      url: this.#readsUrl ? udpUrlData(bytes, length) : undefined,
    };
    let written = 0;
    this.#tracker.announce(announce, now, reply => {
      written = isRefusal(reply)
        ? writeUdpError(bytes, answer, reply.reason)
        : writeUdpAnnounceAnswer(bytes, answer, reply, width === 4 ? reply.peers : reply.peers6, width);
      this.#answered?.(answer.subarray(0, written), ip, place.port);
    });
    return this.#answered === undefined ? written : 0;
  }

  #scrape(place: DatagramPlace, now: number): number {
    const { bytes, length, ip, answer } = place;
    const count = Math.min(udpScrapeCount(length), this.#tracker.maxScrapeHashes);
    const infoHashes = Array.from({ length: count }, (_, i) => udpScrapeHash(bytes, i));
    let written = 0;
    this.#tracker.scrape(infoHashes, now, counts => {
      written = writeUdpScrapeAnswer(bytes, answer, counts);
      this.#answered?.(answer.subarray(0, written), ip, place.port);
    });
    return this.#answered === undefined ? written : 0;
  }
}

function isRefusal(reply: AnnounceReply | AnnounceRefusal): reply is AnnounceRefusal {
  return 'kind' in reply;
}

function copyOf({ bytes, length, ip, port, answer }: DatagramPlace): DatagramPlace {
  return {
    bytes: bytes.slice(0, length),
    length,
    ip: ip.slice(),
    port,
    answer: new Uint8Array(answer.length),
  };
}

const EXPIRED = 'The connection id has expired.';
