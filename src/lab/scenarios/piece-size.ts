// Short pieces are passed on sooner and cost more words; long ones the other way round.

import { BLOCK_LENGTH } from '../../core/metainfo/metainfo.ts';
import { automaticPieceLength } from '../../core/metainfo/piece-length.ts';
import { pieceBound } from '../bound.ts';
import type { FiguresSummary } from '../figures.ts';
import { type Parameters, parametersOf, type ScenarioSize } from '../parameters.ts';
import type { Findings, Lab, Scenario } from '../scenario.ts';
import { lineOf, MIB, percent, points, SLOW_LINE, seedAndLeechers, times } from './parts.ts';

export const pieceSize: Scenario = {
  name: 'piece-size',
  title: 'The length of pieces',
  question: 'How long should a piece be?',
  setting:
    'One seed and 16 leechers that come at once (quick: 8), all with an uplink of 250 kB/s and a downlink of 1 MB/s. One file of 16 MiB (quick: 4 MiB), cut into pieces of 16 KiB to 4 MiB (quick: 1 MiB).',
  theory:
    'A piece is passed on only when it is whole and its hash was checked. Sent one at a time, M pieces take at least (1 + ⌊log₂N⌋/M)·F/u until the last of N leechers has all (Mundinger, Weber and Weiss), so long pieces cost time; and a peer that sends to several at once, as all do, needs some times that. Short ones cost words: each is told to every neighbour (9 bytes), beside 30 bytes for each block of 16 KiB. The sum is least where both are alike, with √(⌊log₂N⌋·F/9N) pieces: here that is a piece length of some 24 KiB (quick: 10 KiB, less than a block). And each piece has a hash of 20 bytes in the torrent, for which "create" chooses somewhat longer ones.',
  ways: ['sim', 'field'],
  parameters: byItself,
  run,
};

async function run(lab: Lab): Promise<Findings> {
  const parameters = parametersOf(lab, byItself);
  const { peers: count } = parameters;
  const line = lineOf(parameters);
  const { length, lengths } = sizes(lab);
  const found: { readonly pieceLength: number; readonly summary: FiguresSummary }[] = [];
  for (const pieceLength of lengths) {
    const { summary } = await lab.run(
      seedAndLeechers({ length, pieceLength }, count, { seed: line, leechers: line }),
      { label: `pieces of ${pieceLength / 1024} KiB`, isPictured: pieceLength === 1_048_576 },
    );
    found.push({ pieceLength, summary });
  }
  const theory = (pieceLength: number) => pieceBound(count, Math.ceil(length / pieceLength));
  const words = (pieceLength: number) => REQUEST_AND_HEADER / BLOCK_LENGTH + (HAVE * count) / pieceLength;
  const ratio = ({ summary }: { readonly summary: FiguresSummary }) => summary.ratio.mean;
  const best = found.reduce((a, b) => (ratio(b) < ratio(a) ? b : a));
  const [smallest, largest] = [found[0]!, found.at(-1)!];
  const least = Math.min(...found.map(each => ratio(each) / theory(each.pieceLength)));
  const chosen = found.find(({ pieceLength }) => pieceLength === automaticPieceLength(length))!;
  const long = found.find(({ pieceLength }) => pieceLength === 262_144)!;
  const kib = found.map(({ pieceLength }) => pieceLength / 1024);
  return {
    answer: `Best here are pieces of ${best.pieceLength / 1024} KiB, with ${times(ratio(best))} the bound; pieces of ${smallest.pieceLength / 1024} KiB take ${times(ratio(smallest))} with ${percent(smallest.summary.overheadShare.mean)} beside the data, pieces of ${largest.pieceLength / 1024} KiB ${times(ratio(largest))}.`,
    checks: [
      {
        claim: `Pieces of ${chosen.pieceLength / 1024} KiB, as "create" chooses them for this file, take at most 1.1 × the best.`,
        value: ratio(chosen) / ratio(best),
        limit: { atMost: 1.1 },
        unit: 'times',
      },
      {
        claim: 'The longest pieces take at least 1.25 × the best: short ones are worth their words.',
        value: ratio(largest) / ratio(best),
        limit: { atLeast: 1.25 },
        unit: 'times',
      },
      // In a short run what is on its way at the end is more than that.
      ...(lab.size === 'full'
        ? [
            {
              claim:
                'The shortest pieces cost at least twice the words of those of 256 KiB: something is paid there.',
              value: smallest.summary.overheadShare.mean / long.summary.overheadShare.mean,
              limit: { atLeast: 2 },
              unit: 'times' as const,
            },
          ]
        : []),
      {
        claim: 'And at most 5 % of the data.',
        value: smallest.summary.overheadShare.mean,
        limit: { atMost: 0.05 },
        unit: 'share',
      },
      {
        claim: 'Nothing is faster than whole pieces can be: at least 0.98 × theory at every length.',
        value: least,
        limit: { atLeast: 0.98 },
        unit: 'times',
      },
    ],
    plots: [
      {
        title: 'Time until the last has the file, by the length of pieces',
        x: { label: 'KiB in a piece', scale: 'log' },
        y: { label: 'times F/u' },
        series: [
          {
            name: 'measured',
            kind: 'measured',
            points: found.flatMap(({ summary }, i) => points(kib[i]!, summary.ratio, 1)),
          },
          {
            name: '1 + ⌊log₂N⌋/M',
            kind: 'bound',
            points: found.map(({ pieceLength }, i) => ({ x: kib[i]!, y: theory(pieceLength) })),
          },
          {
            name: 'with words',
            kind: 'theory',
            points: found.map(({ pieceLength }, i) => ({
              x: kib[i]!,
              y: theory(pieceLength) * (1 + words(pieceLength)),
            })),
          },
        ],
      },
      {
        title: 'What is said beside the data',
        x: { label: 'KiB in a piece', scale: 'log' },
        y: { label: '% of the data' },
        series: [
          {
            name: 'measured',
            kind: 'measured',
            points: found.flatMap(({ summary }, i) => points(kib[i]!, summary.overheadShare, 100)),
          },
          {
            name: 'requests, headers of blocks, and a "have" to every neighbour',
            kind: 'theory',
            points: found.map(({ pieceLength }, i) => ({
              x: kib[i]!,
              y: 100 * words(pieceLength),
            })),
          },
        ],
      },
    ],
  };
}

/** The file is what the lengths are made for. */
function byItself({ way, size }: ScenarioSize) {
  return {
    peers: size === 'quick' ? 8 : way === 'field' ? 12 : 16,
    ...SLOW_LINE,
  } satisfies Partial<Parameters>;
}

function sizes({ way, size }: Lab) {
  const [k16, k64, k256, m1] = [KIB16, 4 * KIB16, 16 * KIB16, MIB];
  if (way === 'field' || size === 'quick') return { length: 4 * MIB, lengths: [k16, 2 * k16, k256, m1] };
  return { length: 16 * MIB, lengths: [k16, 2 * k16, k64, 2 * k64, k256, 2 * k256, m1, 2 * m1, 4 * m1] };
}

const KIB16 = 16_384;
/** Bytes, by BEP 3. */
const REQUEST_AND_HEADER = 17 + 13;
const HAVE = 9;
