import { describe, expect, it, vi } from 'vitest';
import { MemoryStream } from '../../../test/command-line.ts';
import { noise, torrentOf } from '../../../test/torrents.ts';
import type { PieceMap } from '../../core/engine/piece-map.ts';
import type { PeerStats, TorrentStats } from '../../core/engine/stats.ts';
import { Output } from '../terminal.ts';
import { widthOf } from './display-text.ts';
import { LiveBlock } from './live-block.ts';
import { colourPaint, plainPaint } from './paint.ts';
import { describeRarest, drawOwnPieces, drawSwarmPieces } from './piece-map-bar.ts';
import { describeSwarm, drawSwarm, type ShownTorrent, situation } from './swarm-picture.ts';
import { SwarmView } from './swarm-view.ts';

const MIB = 1024 ** 2;
const { metainfo } = torrentOf([{ path: [], data: noise(400_000, 1) }], { name: 'film\u202e.mkv' });

describe('the picture of a swarm', () => {
  const downloading = shown({
    stats: { left: 150_000, downloadBytesPerSecond: 84.1 * MIB, uploadBytesPerSecond: 12 * MIB },
    peers: [
      peer({ host: '10.0.0.9', client: 'Swarmline 0.1.0', progress: 0.71, down: 12.2 * MIB, up: 6 * MIB }),
      peer({ host: '10.0.0.4', client: 'Transmission 4.0', progress: 1, down: 31 * MIB, up: 0 }),
    ],
  });

  it('has a piece map, the rates, why, and the busiest peers', () => {
    expect(drawn(downloading, 80)).toMatchInlineSnapshot(`
      "film_.mkv
        ▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▁▁▁▁▁▁▁▁▁▁▁▁▁  62.5 %   244 of 391 KiB
        ▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇   rarest piece: 2 copies among 2 peers
        ↓ 84.1 MiB/s   ↑ 12.0 MiB/s   0 s left   from 2 peers (1 seed)
        ↓ 31.0 MiB/s  ↑      0 B/s  10.0.0.4         Transmission 4.0    D      seed
        ↓ 12.2 MiB/s  ↑  6.0 MiB/s  10.0.0.9         Swarmline 0.1.0     D      71 %"
    `);
    expect(drawn(downloading, 120)).toMatchInlineSnapshot(`
      "film_.mkv
        ▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁  62.5 %   244 of 391 KiB
        ▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇   rarest piece: 2 copies among 2 peers
        ↓ 84.1 MiB/s   ↑ 12.0 MiB/s   0 s left   from 2 peers (1 seed)
        ↓ 31.0 MiB/s  ↑      0 B/s  10.0.0.4                   Transmission 4.0          D      seed
        ↓ 12.2 MiB/s  ↑  6.0 MiB/s  10.0.0.9                   Swarmline 0.1.0           D      71 %"
    `);
  });

  it('keeps within the terminal, however small', () => {
    const many = Array.from({ length: 30 }, () =>
      peer({ host: '2001:db8:1111:2222:3333:4444:5555:6666', client: '東京'.repeat(20), progress: 0.5 }),
    );
    for (const torrent of [downloading, shown({ peers: many }), shown({ info: undefined })]) {
      for (let columns = 4; columns < 150; columns++) {
        for (const paint of [plainPaint, colourPaint]) {
          const picture = { columns, rows: 6, paint, fault: 'x '.repeat(90), hasTitle: true };
          const lines = drawSwarm(torrent, picture);
          for (const line of lines) expect(widthOf(line), `${columns}: ${line}`).toBeLessThan(columns);
          expect(lines.length).toBeLessThanOrEqual(6);
        }
      }
    }
  });

  it('divides what is to be said between parts and words, and cuts none of it off', () => {
    const picture = { rows: 20, paint: plainPaint, fault: undefined, hasTitle: false };
    const notes = [
      'you sent 3.2 MiB, the swarm moved 3.2 MiB   0 of 1 have everything   the last in 2 min 10 s',
      'The router 192.0.2.1 opens no port: it answers neither PCP nor NAT-PMP, and it does not answer by UPnP.',
    ];
    const seeding = shown({ stats: { isComplete: true, left: 0 } });
    expect(drawSwarm(seeding, { ...picture, columns: 80, notes }).join('\n')).toMatchInlineSnapshot(`
      "  ▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇   100 %   391 KiB
        ↑      0 B/s   given 0 B   seeding, waiting for peers; Ctrl-C ends it
        you sent 3.2 MiB, the swarm moved 3.2 MiB   0 of 1 have everything
        the last in 2 min 10 s
        The router 192.0.2.1 opens no port: it answers neither PCP nor NAT-PMP, and
        it does not answer by UPnP."
    `);
    expect(drawSwarm(seeding, { ...picture, columns: 120, notes }).slice(2)).toEqual(
      notes.map(note => `  ${note}`),
    );
  });

  it('has every figure in 40 columns, and every word of what is wrong', () => {
    const picture = { columns: 40, rows: 20, paint: plainPaint, hasTitle: false };
    expect(drawSwarm(downloading, { ...picture, fault: undefined }).join('\n')).toMatchInlineSnapshot(`
      "  ▇▇▇▇▇▇▇▇  62.5 %   244 of 391 KiB
        ▇▇▇▇▇▇▇▇   rarest piece: 2 copies
        ↓ 84.1 MiB/s   ↑ 12.0 MiB/s
        0 s left   from 2 peers (1 seed)
        ↓ 31.0 MiB/s  ↑      0 B/s  seed
        ↓ 12.2 MiB/s  ↑  6.0 MiB/s  71 %"
    `);
    const fault = 'http://127.0.0.1/album.iso: the file is not there (HTTP status 404).';
    const words = drawSwarm(shown({}), { ...picture, fault })
      .join(' ')
      .replace(/ +/g, ' ');
    expect(words).toContain(`waiting for peers: ${fault}`);
  });

  it('says in words what it is doing, and why nothing moves', () => {
    const says = (torrent: ShownTorrent, fault?: string) => situation(torrent, torrent.peers(), fault);
    const choking = peer({ peerChoking: true, progress: 1 });
    expect([
      says(shown({ state: 'checking' })),
      says(shown({})),
      says(shown({ stats: { knownPeerCount: 3 } })),
      says(shown({}), 'http://t/announce: nobody answers.'),
      says(shown({ peers: [choking] })),
      says(shown({ state: 'metadata', info: undefined, peers: [choking] })),
      says(shown({ stats: { isComplete: true } })),
      says(shown({ stats: { isComplete: true }, peers: [peer({})] })),
    ]).toMatchInlineSnapshot(`
      [
        "checking what is on the disk",
        "waiting for peers: none is known yet",
        "waiting for peers: 3 known, none reached yet",
        "waiting for peers: http://t/announce: nobody answers.",
        "1 peer (1 seed), which chokes us",
        "fetching the metadata from 1 peer (1 seed)",
        "seeding, waiting for peers",
        "seeding to 1 peer",
      ]
    `);
    expect(describeSwarm(downloading, 'from 2 peers')).toMatchInlineSnapshot(
      `"62.5 %, down 84.1 MiB/s, up 12.0 MiB/s, from 2 peers"`,
    );
  });

  it('shows each run of pieces as high as the share of it that is here, and full only where it is', () => {
    const own = (have: number[], inFlight: number[], width: number) =>
      drawOwnPieces(map(have, inFlight, []), width, plainPaint);
    expect(own([1, 1, 0, 0], [0, 0, 0, 0], 8)).toBe('▇▇▇▇▁▁▁▁');
    expect(own([0.99, 0.5, 0.01, 0], [0, 0, 1, 1], 4)).toBe('▆▄▂▂');
  });

  it('lights up the pieces of which something is being given', () => {
    const named = {
      ...plainPaint,
      given: (text: string) => `(${text})`,
      received: (text: string) => `[${text}]`,
    };
    const giving = { ...map([1, 1, 1, 0], [0, 0, 0, 0], []), given: Uint8Array.from([0, 1, 1, 0]) };
    expect(drawOwnPieces(giving, 8, named)).toBe('[▇▇](▇▇▇▇)▁▁');
  });

  it('shows what the swarm has, and where nobody has it', () => {
    const swarm = map([0, 1, 1, 0], [0, 0, 0, 0], [1, 2, 4, 0]);
    expect(drawSwarmPieces(swarm, 4, plainPaint)).toBe('▂▄▇·');
    expect(describeRarest(swarm, 5)).toBe('some pieces have no copy among 5 peers');
    expect(describeRarest(map([0], [0], [1]), 1)).toBe('rarest piece: 1 copy among 1 peer');
  });
});

describe('what a seed is shown of its swarm', () => {
  it('is how much of it others have too, until nothing is only here', () => {
    const spreading = map([1, 1, 1, 1], [0, 0, 0, 0], [0, 0, 1, 0], [0.5, 0, 1, 0.95]);
    expect(drawSwarmPieces(spreading, 4, plainPaint)).toBe('▄▁▇▆');
    expect(describeRarest(spreading, 2)).toBe('39 % is only here so far');
    const spread = map([1, 1], [0, 0], [1, 2], [1, 1]);
    expect(drawSwarmPieces(spread, 2, plainPaint)).toBe('▄▇');
    expect(describeRarest(spread, 2)).toBe('rarest piece: 1 copy among 2 peers');
  });

  it('never says that nothing is only here while something is', () => {
    expect(describeRarest(map([1, 1], [0, 0], [1, 0], [1, 0.9999]), 2)).toBe('1 % is only here so far');
  });

  it('says once what all of it is, and tells peers of one address apart by their ports', () => {
    const seeding = shown({
      state: 'seeding',
      stats: { isComplete: true, uploaded: 300_000 },
      peers: [peer({ host: '10.0.0.9' }), peer({ host: '10.0.0.9', port: 6882 }), peer({ host: '10.0.0.4' })],
    });
    const lines = drawn(seeding, 80).split('\n');
    expect(lines[1]).toMatch(/▇ {3}100 % {3}391 KiB$/);
    expect(lines.slice(4).map(line => line.split(/ {2,}/)[5])).toEqual([
      '10.0.0.9:6881',
      '10.0.0.9:6882',
      '10.0.0.4',
    ]);
  });
});

describe('what is told where nothing can be drawn', () => {
  it('is said again only when its words or figures have changed', () => {
    vi.useFakeTimers();
    try {
      const memory = new MemoryStream();
      const stats = { left: 150_000 };
      const waiting = shown({ stats });
      const torrent = { ...waiting, stats: () => ({ ...waiting.stats(), ...stats }) };
      const view = new SwarmView({
        torrent,
        stream: new Output(memory, {}),
        fault: () => undefined,
        hasTitle: true,
      });
      vi.advanceTimersByTime(60_000);
      stats.left = 50_000;
      vi.advanceTimersByTime(60_000);
      view.close();
      expect(memory.text().trimEnd().split('\n')).toEqual([
        '62.5 %, down 0 B/s, up 0 B/s, waiting for peers: none is known yet',
        '87.5 %, down 0 B/s, up 0 B/s, waiting for peers: none is known yet',
      ]);
    } finally {
      vi.useRealTimers();
    }
  });
});

describe('a live block', () => {
  it('is drawn over itself in one write, erased from the first column, and gone at the end', () => {
    const memory = new MemoryStream(80);
    const block = new LiveBlock(new Output(memory, {}));
    block.draw(['one', 'two']);
    block.draw(['three']);
    block.close();
    expect(memory.text()).toBe(
      '\u001b[?25l\rone\u001b[K\ntwo\u001b[K\n\u001b[J\r\u001b[2Athree\u001b[K\n\u001b[J\r\u001b[1A\u001b[J\u001b[?25h',
    );
  });

  it('erases nothing that it did not draw, in a terminal that was made narrower', () => {
    const stream = { isTTY: true, columns: 80, text: '', on() {}, write };
    function write(data: string | Uint8Array, done: () => void) {
      stream.text += data;
      done();
    }
    const block = new LiveBlock(new Output(stream, {}));
    block.draw(['x'.repeat(70), 'y']);
    stream.columns = 40;
    stream.text = '';
    block.erase();
    expect(stream.text).toBe('\r\u001b[2A\u001b[J');
    block.close();
  });
});

interface Shown {
  readonly state?: ShownTorrent['state'];
  readonly info?: ShownTorrent['info'];
  readonly stats?: Partial<TorrentStats>;
  readonly peers?: readonly PeerStats[];
}

function shown(options: Shown): ShownTorrent {
  const info = 'info' in options ? options.info : metainfo;
  const stats: TorrentStats = {
    ...{ phase: 'active', piecesHave: 5, piecesTotal: 13, metadataProgress: 0.5, isComplete: false },
    ...{
      downloadBytesPerSecond: 0,
      uploadBytesPerSecond: 0,
      downloaded: 0,
      uploaded: 0,
      wasted: 0,
      failedPieces: 0,
    },
    ...{ left: 400_000, wantedLeft: 400_000, peerCount: 0, knownPeerCount: 0, outOfReachCount: 0 },
    ...options.stats,
  };
  return {
    state: options.state ?? 'downloading',
    info,
    name: info?.name,
    checkProgress: 0.25,
    pieceMap: cells => {
      const count = Math.min(cells, 13);
      const have = Array.from({ length: count }, (_, piece) => (piece < 8 ? 1 : 0));
      return map(have, Array(count).fill(0), Array(count).fill(options.peers?.length ?? 0));
    },
    stats: () => stats,
    peers: () => [...(options.peers ?? [])],
  };
}

function peer(
  facts: Partial<PeerStats> & {
    readonly host?: string;
    readonly port?: number;
    readonly down?: number;
    readonly up?: number;
  },
): PeerStats {
  return {
    ...{
      number: 1,
      peerId: new Uint8Array(20),
      isIncoming: false,
      isEncrypted: false,
      transport: 'tcp',
      source: 'user',
      webSeed: undefined,
      client: 'Swarmline 0.1.0',
      progress: 0,
      downloaded: 0,
      uploaded: 0,
    },
    ...{ amChoking: false, amInterested: true, peerChoking: false, peerInterested: false },
    ...{ isSnubbed: false, isOptimistic: false, outstanding: 0, requested: 0 },
    ...facts,
    address: { host: facts.host ?? '10.0.0.1', port: facts.port ?? 6881 },
    downloadBytesPerSecond: facts.down ?? 0,
    uploadBytesPerSecond: facts.up ?? 0,
  };
}

function map(
  have: readonly number[],
  inFlight: readonly number[],
  copies: readonly number[],
  elsewhere: readonly number[] = copies.map(count => (count > 0 ? 1 : 0)),
): PieceMap {
  return {
    have: Float32Array.from(have),
    inFlight: Uint8Array.from(inFlight),
    given: new Uint8Array(have.length),
    copies: Uint16Array.from(copies),
    elsewhere: Float32Array.from(elsewhere),
  };
}

function drawn(torrent: ShownTorrent, columns: number): string {
  const picture = { columns, rows: 23, paint: plainPaint, fault: undefined, hasTitle: true };
  return drawSwarm(torrent, picture).join('\n');
}
