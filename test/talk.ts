// One torrent alone, spoken to message by message: ten pieces of four blocks. What it says is gathered as words, so that a
// test is a conversation.

import { Bitfield } from '../src/core/bytes/bitfield.ts';
import { concatBytes } from '../src/core/bytes/bytes.ts';
import { seededRandom } from '../src/core/bytes/prng.ts';
import type { EngineSettings, TorrentSource } from '../src/core/engine/options.ts';
import type { Output } from '../src/core/engine/output.ts';
import type { CheckableInfo } from '../src/core/engine/piece-check.ts';
import { Torrent } from '../src/core/engine/torrent.ts';
import { portableHash } from '../src/core/metainfo/info-hash.ts';
import { parseInfo } from '../src/core/metainfo/parse.ts';
import { Decoder } from '../src/core/wire/decoder.ts';
import { Encoder } from '../src/core/wire/encoder.ts';
import { noise, torrentOf } from './torrents.ts';

export const BLOCK = 16_384;
export const data = noise(10 * 4 * BLOCK, 1);
export const { metainfo } = torrentOf([{ path: [], data }], { pieceLength: 4 * BLOCK });

export interface TalkOptions {
  /** A letter a piece: `*` is there. */
  readonly have?: string;
  readonly magnet?: boolean;
  /** @default the v1 torrent */
  readonly info?: CheckableInfo;
  readonly wantedFiles?: readonly number[];
  readonly engine?: EngineSettings;
}

/** A torrent and what it does. `say` speaks as a peer; answers are gathered as text. */
export class Talk {
  now = 1000;
  readonly torrent: Torrent;
  outputs: Output[] = [];
  /** Buffers of pieces that were lent and not given back. */
  lent = 0;

  constructor(options: TalkOptions = {}) {
    const info = options.info ?? metainfo;
    const source = options.magnet === true ? hashesOf(info) : { info };
    this.torrent = new Torrent(
      {
        source,
        peerId: new Uint8Array(20),
        client: 'test',
        engine: options.engine,
        wantedFiles: options.wantedFiles,
      },
      {
        random: seededRandom(1),
        pool: {
          lend: length => {
            this.lent++;
            return new Uint8Array(length);
          },
          giveBack: () => void this.lent--,
        },
        hash: portableHash,
        parseInfo: raw => parseInfo(raw),
      },
    );
    if (this.torrent.phase !== 'checking') return;
    const have = new Bitfield(info.layout.pieceCount);
    for (const [piece, letter] of [...(options.have ?? '')].entries()) if (letter === '*') have.add(piece);
    this.torrent.dataChecked(have, this.now);
  }

  join(
    peer: number,
    options: {
      fast?: boolean;
      extended?: boolean;
      v2?: boolean;
      host?: string;
      webSeed?: string;
      transport?: 'tcp' | 'utp';
    } = {},
  ): string {
    const facts = {
      address: { host: options.host ?? `10.0.0.${peer}`, port: 6881 },
      isIncoming: true,
      peerId: new Uint8Array(20).fill(peer),
      fast: options.fast ?? true,
      extended: options.extended ?? false,
      v2: options.v2 ?? false,
      transport: options.transport ?? 'tcp',
      ...(options.webSeed !== undefined && { webSeed: options.webSeed }),
    };
    this.torrent.peerConnected(peer, facts, this.now);
    return this.heard(peer);
  }

  say(peer: number, ...messages: ((encoder: Encoder) => void)[]): string {
    const encoder = new Encoder();
    for (const message of messages) message(encoder);
    this.torrent.receive(peer, concatBytes(encoder.take()), this.now);
    return this.heard(peer);
  }

  wait(ms: number, peer: number): string {
    this.now += ms;
    const due = this.torrent.nextTimeout();
    if (due !== undefined && due <= this.now) this.torrent.timePassed(this.now);
    return this.heard(peer);
  }

  /** What the peer got, in words; reads are answered at once. */
  heard(peer: number): string {
    const words: string[] = [];
    for (
      let output = this.torrent.poll(this.now);
      output !== undefined;
      output = this.torrent.poll(this.now)
    ) {
      this.outputs.push(output);
      if (output.type === 'read')
        this.torrent.blockRead(output.read, new Uint8Array(output.length), this.now);
      else if (output.type === 'close' && output.peer === peer) words.push(`closed: ${output.reason.code}`);
      else if (output.type === 'send' && output.peer === peer) words.push(...wordsOf(output.chunks));
    }
    return words.join(', ');
  }
}

function hashesOf({ infoHashV1, infoHashV2 }: CheckableInfo): TorrentSource {
  return infoHashV1 === undefined ? { infoHashV2: infoHashV2! } : { infoHashV1 };
}

export function wordsOf(chunks: readonly Uint8Array[]): string[] {
  const decoder = new Decoder();
  decoder.push(concatBytes(chunks));
  const words: string[] = [];
  for (let message = decoder.next(); message !== undefined; message = decoder.next()) {
    const { type } = message;
    if (type === 'request' || type === 'reject' || type === 'cancel') {
      words.push(`${type} ${message.piece}.${message.begin / BLOCK}`);
    } else if (type === 'piece') words.push(`piece ${message.piece}.${message.begin / BLOCK}`);
    else if (type === 'hash-request' || type === 'hash-reject' || type === 'hashes') {
      const { baseLayer, index, length, proofLayers } = message;
      words.push(`${type} ${baseLayer}/${index}+${length}^${proofLayers}`);
    } else if (type === 'have' || type === 'suggest') words.push(`${type} ${message.piece}`);
    else words.push(type);
  }
  return words;
}
