// Peers that send wrong bytes, by accident or to harm: what they cost, and whether the right ones are found out.

import type { Estimate } from '../figures.ts';
import { sum } from '../numbers.ts';
import { type Parameters, parametersOf, type ScenarioSize } from '../parameters.ts';
import type { SwarmPlan } from '../plan.ts';
import type { RunRecord } from '../record.ts';
import type { Check, Findings, Lab, PlanRuns, Scenario } from '../scenario.ts';
import { contentOf, HOME_LINE, lineOf, MIB, percent, points, seedAndLeechers, times } from './parts.ts';

export const corruptPeers: Scenario = {
  name: 'corrupt-peers',
  title: 'Peers that send wrong blocks',
  question: 'What do peers cost that send nothing but wrong blocks, and is anybody banned for them?',
  setting:
    'One seed and 14 leechers (quick: 8) that come all at once, 1 MB/s up and 4 MB/s down each. To them come peers that dial everybody, offer everything, unchoke at once and send every block with a wrong byte; none of all peers, a tenth, a fifth, three tenths. Their lines are as good as the others’. The file is 32 MiB in pieces of 256 KiB (quick: 8 MiB, 64 KiB), once as a torrent of version 1, once of version 2.',
  theory:
    'With version 1 only a whole piece can be checked. A wrong one whose blocks came from one peer convicts that peer; if there were several, all are suspects until the piece has come right, and then whoever gave other bytes is known (libtorrent’s smart ban). With version 2 the hash of every block can be asked for (BEP 52), so that the liar is known as soon as the piece is wrong. Either way a liar spoils for each leecher what it was asked for before the verdict, and no more, so that the waste grows in a line with the number of liars: with version 2 a piece, and what was on its way meanwhile; with version 1 one that it shared with others, one that it is then asked for alone, and what was on its way. Two pieces and two and a half are allowed for. Whoever is honest must never be banned.',
  ways: ['sim'],
  parameters: byItself,
  run,
};

interface Measured {
  readonly liars: number;
  readonly share: number;
  readonly version: 'v1' | 'v2';
  readonly summary: PlanRuns['summary'];
  readonly records: readonly RunRecord[];
  /** Wasted pieces, for each leecher and liar. */
  readonly piecesEach: number;
}

async function run(lab: Lab): Promise<Findings> {
  const isQuick = lab.size === 'quick';
  const parameters = parametersOf(lab, byItself);
  const { peers: leechers, ...content } = parameters;
  const shares = isQuick ? [0, 0.3] : [0, 0.1, 0.2, 0.3];
  const measured: Measured[] = [];
  for (const version of ['v1', 'v2'] as const) {
    for (const share of shares) {
      const liars = Math.round((leechers * share) / (1 - share));
      const runs = await lab.run(plan(parameters, version, liars), {
        label: `${version}, ${percent(share)} corrupt`,
        isPictured: version === 'v1' && liars > 0,
      });
      // Some come in vain without liars too, at the end of every download.
      const usual = measured.find(each => each.version === version && each.liars === 0);
      const wastedShare = runs.summary.duplicateShare.mean - (usual?.summary.duplicateShare.mean ?? 0);
      const piecesEach = (wastedShare * content.length) / content.pieceLength / Math.max(1, liars);
      measured.push({ liars, share, version, piecesEach, ...runs });
    }
  }
  const of = (version: 'v1' | 'v2') => measured.filter(each => each.version === version);
  const worst = (version: 'v1' | 'v2') => of(version).at(-1)!;
  const slowdown = (version: 'v1' | 'v2') =>
    worst(version).summary.makespanMs.mean / of(version)[0]!.summary.makespanMs.mean;
  const all = measured.flatMap(({ records }) => records);
  const innocent = sum(
    all.map(record => sum(record.peers.map(({ banned }) => banned?.innocent ?? Number.NaN))),
  );
  const checks: Check[] = [
    {
      claim: 'No peer that sent right blocks is ever banned.',
      value: innocent,
      limit: { atMost: 0 },
    },
    {
      claim: 'Every leecher has the whole file at the end.',
      value: Math.min(...measured.map(({ summary }) => summary.completed.mean / summary.leechers.mean)),
      limit: { atLeast: 1 },
      unit: 'share',
    },
    ...(['v1', 'v2'] as const).flatMap((version): Check[] => [
      {
        claim: `With three tenths corrupt, ${version}: for each leecher a liar spoils at most ${SPOILT[version]} pieces.`,
        value: worst(version).piecesEach,
        limit: { atMost: SPOILT[version] },
      },
      {
        claim: `With three tenths corrupt, ${version}: the last leecher is done within 1.25 × the time without them.`,
        value: slowdown(version),
        limit: { atMost: 1.25 },
        unit: 'times',
      },
    ]),
  ];
  const series = (pick: (each: Measured) => Estimate, unit: number) =>
    (['v1', 'v2'] as const).map(version => ({
      name: version === 'v1' ? 'version 1' : 'version 2',
      kind: 'measured' as const,
      of: version === 'v1' ? ('other' as const) : ('swarm' as const),
      points: of(version).flatMap(each => points(100 * each.share, pick(each), unit)),
    }));
  return {
    answer: `With three tenths of all peers corrupt, ${percent(worst('v1').summary.duplicateShare.mean)} of the file is received in vain with version 1 and ${percent(worst('v2').summary.duplicateShare.mean)} with version 2; the last leecher takes ${times(slowdown('v1'))} and ${times(slowdown('v2'))} the time without them. Honest peers that were banned: ${innocent}.`,
    checks,
    plots: [
      {
        title: 'Bytes received in vain',
        x: { label: '% of peers that are corrupt' },
        y: { label: '% of the file' },
        series: [
          ...series(({ summary }) => summary.duplicateShare, 100),
          {
            name: 'two and a half pieces for each leecher and liar',
            kind: 'theory',
            points: of('v1').map(({ share, liars }) => ({
              x: 100 * share,
              y: (100 * SPOILT.v1 * liars * content.pieceLength) / content.length,
            })),
          },
        ],
      },
      {
        title: 'Time until the last peer has the file',
        x: { label: '% of peers that are corrupt' },
        y: { label: 'seconds' },
        series: series(({ summary }) => summary.makespanMs, 1 / 1000),
      },
    ],
  };
}

function byItself({ size }: ScenarioSize) {
  const [peers, mib, kib] = size === 'quick' ? [8, 8, 64] : [14, 32, 256];
  return {
    peers,
    length: mib * MIB,
    pieceLength: kib * 1024,
    ...HOME_LINE,
  } satisfies Partial<Parameters>;
}

function plan(parameters: ReturnType<typeof byItself>, version: 'v1' | 'v2', liars: number): SwarmPlan {
  const line = lineOf(parameters);
  const honest = seedAndLeechers({ ...contentOf(parameters), version }, parameters.peers, {
    seed: line,
    leechers: line,
  });
  if (liars === 0) return honest;
  return {
    ...honest,
    groups: [...honest.groups, { name: 'corrupt', count: liars, corrupts: true, ...line }],
  };
}

/** Pieces, by each liar for each leecher. */
const SPOILT = { v1: 2.5, v2: 2 };
