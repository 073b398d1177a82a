// The tracker over WebSocket (WebTorrent): peers that nobody can call, and that reach each other by offers and answers that
// pass through here. Sockets in swarms beside the store's peers, and counted with them.
//
// Nobody can have a message sent to somebody who did not ask for it: an offer goes to peers of the same swarm, an answer only
// to the peer whose offer was passed on to the one that answers, once (as aquatic does).

import type { Random } from '../core/bytes/prng.ts';
import { ProtocolError } from '../core/errors.ts';
import type { AnnounceEvent, AnnounceFacts, AnnounceRefusal, SwarmCounts } from '../core/tracker/announce.ts';
import {
  type WsAnnounce,
  type WsAnswer,
  WsRequestReader,
  type WsScrape,
  wsHashBytes,
  wsHashText,
} from '../core/tracker/ws.ts';
import { WsMessageWriter, wsRefusal, wsScrapeReply } from '../core/tracker/ws-messages.ts';
import type { MessageSocket } from '../host/message-socket.ts';
import type { FrontCounts } from './ops/counts.ts';
import { BANNED, FULL, refusal, TOO_MANY } from './refusals.ts';
import type { SwarmVisit, Tracker } from './tracker.ts';
import { WsMember, WsSwarm } from './ws-swarm.ts';

export interface WsTrackerOptions {
  /** When a peer shall announce again, a tenth more or less: with each announce new offers go round. @default 120 (aquatic) */
  readonly wsIntervalSeconds?: number;
  /** Offers of one announce that are passed on. @default 10 (bittorrent-tracker's client) */
  readonly maxOffers?: number;
  /** Messages that one socket may send in a second, lastingly; offers count as one tenth each. @default 20 */
  readonly wsMessagesPerSecond?: number;
  /** And at once. @default 200 */
  readonly wsMessageBurst?: number;
  /** Torrents of one socket. @default 500 */
  readonly maxTorrentsPerSocket?: number;
  /** Sockets of one address (IPv4) or /56 (IPv6). @default 64 */
  readonly maxSocketsPerAddress?: number;
  /** Sockets of all. @default 50,000 */
  readonly maxSockets?: number;
  /**
   * Peers of all swarms, each of which takes up to a KiB; from seven eighths on new swarms are refused, so that those that are
   * there can grow. @default 262,144; of a tracker as it is started as many as its memory has KiB
   */
  readonly maxWebSocketPeers?: number;
}

export class WsTracker {
  readonly #tracker: Tracker;
  readonly #random: Random;
  readonly #now: () => number;
  readonly #counts: FrontCounts | undefined;
  #options: Required<WsTrackerOptions>;
  readonly #swarms = new Map<string, WsSwarm<Connection>>();
  readonly #socketsOf = new Map<string, number>();
  readonly #connections = new Set<Connection>();
  readonly #writer = new WsMessageWriter();
  readonly #reader = new WsRequestReader();
  #peerCount = 0;

  constructor(
    options: WsTrackerOptions,
    deps: {
      readonly tracker: Tracker;
      readonly random: Random;
      readonly now: () => number;
      readonly counts?: FrontCounts | undefined;
    },
  ) {
    this.#tracker = deps.tracker;
    this.#random = deps.random;
    this.#now = deps.now;
    this.#counts = deps.counts;
    this.#options = withDefaults(options);
    deps.tracker.countIn(this);
  }

  get socketCount(): number {
    return this.#connections.size;
  }

  /** All swarms, by their names as binary strings. */
  get swarms(): Iterable<WsSwarm<unknown>> {
    return this.#swarms.values();
  }

  get swarmCount(): number {
    return this.#swarms.size;
  }

  configure(options: WsTrackerOptions): void {
    this.#options = withDefaults(options);
  }

  /** A socket was opened; it is closed where there are too many. */
  connected(socket: MessageSocket): void {
    const { maxSockets, maxSocketsPerAddress } = this.#options;
    this.#counts?.connected();
    if (this.#tracker.bans.has(socket.remoteIp)) {
      this.#counts?.failed('banned');
      socket.close(POLICY, BANNED.reason);
      return;
    }
    const address = socket.remoteIp.subarray(0, socket.remoteIp.length === 4 ? 4 : 7).join('.');
    const sockets = this.#socketsOf.get(address) ?? 0;
    if (sockets >= maxSocketsPerAddress || this.#connections.size >= maxSockets) {
      this.#counts?.failed('full');
      socket.close(TRY_AGAIN_LATER, 'There are too many connections.');
      return;
    }
    this.#socketsOf.set(address, sockets + 1);
    const connection = new Connection(socket, this.#options.wsMessageBurst, this.#now());
    this.#connections.add(connection);
    socket.onMessage = message => this.#received(connection, message, this.#now());
    socket.onClosed = () => {
      const left = this.#socketsOf.get(address)! - 1;
      if (left === 0) this.#socketsOf.delete(address);
      else this.#socketsOf.set(address, left);
      this.#connections.delete(connection);
      connection.isClosed = true;
      for (const member of connection.members.values()) this.#leave(member);
      connection.members.clear();
    };
  }

  /** Ends them all, kindly. */
  close(): void {
    for (const { socket } of this.#connections) socket.close(GOING_AWAY, 'The tracker stops.');
  }

  #received(connection: Connection, message: Uint8Array, now: number): void {
    const { socket } = connection;
    if (socket.pending > MAX_UNSENT) {
      socket.close(POLICY, 'You do not read what you are sent.');
      return;
    }
    if (!this.#mayAsk(connection, 1, now) || !this.#tracker.admits(socket.remoteIp, now)) {
      this.#tooMany(connection, now);
      return;
    }
    const begun = this.#counts?.begun() ?? -1;
    try {
      const request = this.#reader.read(message, this.#tracker.maxScrapeHashes);
      if (request.kind === 'scrape') this.#scrape(connection, request, now);
      else if (request.kind === 'answer') this.#answer(connection, request, message, now);
      else this.#announce(connection, request, message, now);
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error;
      this.#counts?.failed('malformed');
      socket.send(
        wsRefusal(
          { reason: error.message, intervalSeconds: FAULTY_SECONDS, retryInMinutes: FAULTY_SECONDS / 60 },
          'announce',
        ),
      );
      // One that speaks nonsense all the time is no client.
      if (++connection.faults >= MAX_FAULTS) socket.close(POLICY, 'These are no messages to a tracker.');
    }
    this.#counts?.ended(begun);
  }

  #announce(connection: Connection, request: WsAnnounce, message: Uint8Array, now: number): void {
    const { infoHash, event } = request;
    const swarm = connection.members.get(infoHash)?.swarm;
    const hash = swarm?.name === infoHash ? swarm.nameBytes : wsHashBytes(infoHash);
    const facts = new WsFacts(request, hash);
    const { socket } = connection;
    this.#counts?.announced(event);
    if (this.#tracker.bans.has(socket.remoteIp)) {
      this.#counts?.failed('banned');
      socket.close(POLICY, BANNED.reason);
      return;
    }
    const announce = { facts, ip: socket.remoteIp, url: socket.path };
    let said = message;
    let isAnswered = false;
    this.#tracker.visit(announce, now, visit => {
      isAnswered = true;
      if (connection.isClosed) return;
      if (isRefusal(visit)) {
        this.#counts?.failed(visit.code ?? 'other');
        socket.send(wsRefusal(visit, 'announce', infoHash));
        this.#leaveSwarm(connection, infoHash);
      } else {
        const name = visit.name === hash || isHash(visit.name, infoHash) ? infoHash : wsHashText(visit.name);
        this.#visited(connection, request, said, name, visit.counts, now);
      }
    });
    // The message is lent for this call alone.
    if (!isAnswered && request.offers.length > 0) said = message.slice();
  }

  #visited(
    connection: Connection,
    request: WsAnnounce,
    said: Uint8Array,
    swarmName: string,
    counts: SwarmCounts,
    now: number,
  ): void {
    const { infoHash, event, left } = request;
    const { socket } = connection;
    if (event === 'stopped') {
      this.#leaveSwarm(connection, infoHash);
      const others = this.#swarms.get(swarmName);
      socket.send(this.#writer.announceReply(infoHash, sum(counts, others), this.#interval()));
      return;
    }
    const member = this.#memberOf(connection, request, swarmName);
    if ('kind' in member) {
      this.#counts?.failed(member.code ?? 'other');
      socket.send(wsRefusal(member, 'announce', infoHash));
      return;
    }
    const { swarm } = member;
    const isSeed = left === 0;
    if (event === 'completed' && isSeed && !swarm.isSeed(member)) swarm.downloaded++;
    swarm.setSeed(member, isSeed);
    socket.send(this.#writer.announceReply(infoHash, sum(counts, swarm), this.#interval()));
    this.#passOn(member, request, said, now);
  }

  #passOn(
    member: WsMember<Connection>,
    { offers, numWant }: WsAnnounce,
    said: Uint8Array,
    now: number,
  ): void {
    const want = Math.min(offers.length, numWant, this.#options.maxOffers);
    if (want === 0 || !this.#mayAsk(member.socket, want / 10, now)) return;
    const chosen = member.swarm.choose(member, want, this.#random);
    for (let i = 0; i < chosen.length; i++) {
      const other = chosen[i]!;
      const offer = offers[i]!;
      const { socket } = other.socket;
      if (socket.pending > MAX_UNSENT) continue;
      other.offerPassedOn(offer.offerId, member, now);
      socket.send(this.#writer.offer(other.infoHash, member.peerId, offer, said));
    }
  }

  #answer(connection: Connection, request: WsAnswer, said: Uint8Array, now: number): void {
    const member = connection.members.get(request.infoHash);
    const offerer =
      member?.peerId === request.peerId
        ? member.takeOffer(request.toPeerId, request.offerId, now)
        : undefined;
    // Silence: the offerer may just have left.
    if (offerer === undefined || offerer.socket.isClosed) return;
    offerer.socket.socket.send(this.#writer.answer(offerer.infoHash, request, said));
  }

  #scrape({ socket }: Connection, { infoHashes }: WsScrape, now: number): void {
    this.#counts?.scraped();
    const no = this.#tracker.scrapeRefusal(socket.path);
    if (no !== undefined) {
      this.#counts?.failed(no.code ?? 'other');
      socket.send(wsRefusal(no, 'scrape'));
      return;
    }
    const hashes = infoHashes.map(wsHashBytes);
    this.#tracker.scrape(hashes, now, counts =>
      socket.send(wsScrapeReply(infoHashes, counts, this.#options.wsIntervalSeconds)),
    );
  }

  /** The peer of this socket in that swarm; made where it is new, or why there is no room. */
  #memberOf(
    connection: Connection,
    { infoHash, peerId, left }: WsAnnounce,
    swarmName: string,
  ): WsMember<Connection> | AnnounceRefusal {
    const known = connection.members.get(infoHash);
    if (known !== undefined && known.peerId === peerId && known.swarm.name === swarmName) return known;
    if (known !== undefined) this.#leaveSwarm(connection, infoHash);
    const { maxTorrentsPerSocket, maxWebSocketPeers } = this.#options;
    if (connection.members.size >= maxTorrentsPerSocket) return TOO_MANY_TORRENTS;
    let swarm = this.#swarms.get(swarmName);
    const most = swarm === undefined ? (maxWebSocketPeers * 7) / 8 : maxWebSocketPeers;
    if (this.#peerCount >= most) return FULL;
    if (swarm === undefined) {
      swarm = new WsSwarm(swarmName);
      this.#swarms.set(swarmName, swarm);
    }
    const member = new WsMember(connection, swarm, peerId, infoHash);
    swarm.add(member, left === 0);
    this.#peerCount++;
    connection.members.set(infoHash, member);
    return member;
  }

  #leaveSwarm(connection: Connection, infoHash: string): void {
    const member = connection.members.get(infoHash);
    if (member === undefined) return;
    connection.members.delete(infoHash);
    this.#leave(member);
  }

  #leave(member: WsMember<Connection>): void {
    const { swarm } = member;
    swarm.remove(member);
    this.#peerCount--;
    if (swarm.size === 0) this.#swarms.delete(swarm.name);
  }

  countsOf(infoHash: Uint8Array): SwarmCounts | undefined {
    return this.#swarms.size === 0 ? undefined : this.#swarms.get(wsHashText(infoHash));
  }

  #interval(): number {
    const { wsIntervalSeconds } = this.#options;
    const tenth = Math.floor(wsIntervalSeconds / 10);
    return wsIntervalSeconds - tenth + this.#random.below(2 * tenth + 1);
  }

  #mayAsk(connection: Connection, cost: number, now: number): boolean {
    const { wsMessagesPerSecond, wsMessageBurst } = this.#options;
    const came = ((now - connection.filledAt) * wsMessagesPerSecond) / 1_000;
    connection.filledAt = now;
    connection.tokens = Math.min(connection.tokens + came, wsMessageBurst);
    if (connection.tokens < cost) return false;
    connection.tokens -= cost;
    return true;
  }

  /** Said once in a while, and not to each message; who does not hear it is let go. */
  #tooMany(connection: Connection, now: number): void {
    connection.refused++;
    this.#counts?.failed('too_many_requests');
    if (connection.refused > MAX_REFUSED) {
      connection.socket.close(POLICY, 'You send too much.');
      return;
    }
    if (now - connection.warnedAt < 1_000) return;
    connection.warnedAt = now;
    connection.socket.send(wsRefusal(TOO_MANY, 'announce'));
  }
}

class Connection {
  readonly socket: MessageSocket;
  /** By the hash that it announced. */
  readonly members = new Map<string, WsMember<Connection>>();
  isClosed = false;
  faults = 0;
  refused = 0;
  warnedAt = Number.NEGATIVE_INFINITY;
  tokens: number;
  filledAt: number;

  constructor(socket: MessageSocket, tokens: number, now: number) {
    this.socket = socket;
    this.tokens = tokens;
    this.filledAt = now;
  }
}

/** A message as the tracker's facts. The bytes of the peer id, which few rules ask for, are made when one does. */
class WsFacts implements AnnounceFacts {
  readonly infoHash: Uint8Array;
  readonly port = 0;
  readonly uploaded: number;
  readonly downloaded: number;
  readonly left: number;
  readonly event: AnnounceEvent | undefined;
  readonly #peerId: string;

  constructor({ peerId, uploaded, downloaded, left, event }: WsAnnounce, infoHash: Uint8Array) {
    this.infoHash = infoHash;
    this.uploaded = uploaded;
    this.downloaded = downloaded;
    this.left = left;
    this.event = event;
    this.#peerId = peerId;
  }

  get peerId(): Uint8Array {
    return wsHashBytes(this.#peerId);
  }
}

function sum(counts: SwarmCounts, others: WsSwarm<Connection> | undefined) {
  return {
    complete: counts.complete + (others?.complete ?? 0),
    incomplete: counts.incomplete + (others?.incomplete ?? 0),
  };
}

function isRefusal(visit: SwarmVisit | AnnounceRefusal): visit is AnnounceRefusal {
  return 'kind' in visit;
}

function isHash(bytes: Uint8Array, text: string): boolean {
  for (let i = 0; i < text.length; i++) if (bytes[i] !== text.charCodeAt(i)) return false;
  return true;
}

function withDefaults(options: WsTrackerOptions): Required<WsTrackerOptions> {
  return {
    wsIntervalSeconds: options.wsIntervalSeconds ?? 120,
    maxOffers: options.maxOffers ?? 10,
    wsMessagesPerSecond: options.wsMessagesPerSecond ?? 20,
    wsMessageBurst: options.wsMessageBurst ?? 200,
    maxTorrentsPerSocket: options.maxTorrentsPerSocket ?? 500,
    maxSocketsPerAddress: options.maxSocketsPerAddress ?? 64,
    maxSockets: options.maxSockets ?? 50_000,
    maxWebSocketPeers: options.maxWebSocketPeers ?? 262_144,
  };
}

const TOO_MANY_TORRENTS = refusal(
  'too_many_torrents',
  'Too many torrents are announced by one connection.',
  30,
);
const FAULTY_SECONDS = 1_800;
const MAX_FAULTS = 20;
const MAX_REFUSED = 1_000;
// A socket that has not taken so much is not read from, and gets no offers.
const MAX_UNSENT = 1_048_576;
// RFC 6455, 7.4.1, and IANA's "WebSocket Close Code Number Registry".
const GOING_AWAY = 1001;
const POLICY = 1008;
const TRY_AGAIN_LATER = 1013;
