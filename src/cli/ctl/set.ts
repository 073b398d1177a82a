// `swarmline ctl set` and `limits`: settings of torrents, and of all of them together.

import type { WeekPlan } from '../../daemon/alternative-limits.ts';
import type { Params } from '../../rpc/methods.ts';
import type { CtlFlags } from '../commands/ctl.ts';
import { drawFields } from '../output/fields.ts';
import type { Terminal } from '../terminal.ts';
import { UsageError } from '../usage-error.ts';
import { describe, idsOf, type ManyFlags } from './change.ts';
import { connect } from './connect.ts';
import { findTorrents } from './find-torrents.ts';
import { alternativeFields, limitFields } from './limit-fields.ts';
import {
  named,
  type SeedLimitFlags,
  seedLimitsOf,
  type TorrentLimitFlags,
  torrentLimitsOf,
} from './limit-flags.ts';
import { print } from './show.ts';

interface SetFlags extends ManyFlags, TorrentLimitFlags {
  readonly label?: readonly string[];
  readonly addLabel?: readonly string[];
  readonly removeLabel?: readonly string[];
  /** False with `--no-labels`. */
  readonly labels: boolean;
  readonly forced?: boolean;
  readonly superSeed?: boolean;
  readonly addTracker?: readonly string[];
  readonly removeTracker?: readonly string[];
  readonly addWebSeed?: readonly string[];
  readonly removeWebSeed?: readonly string[];
}

type SetParams = Omit<Params<'torrents.set'>, 'ids'>;

export async function set(words: readonly string[], flags: SetFlags, terminal: Terminal): Promise<void> {
  const { forced, superSeed } = flags;
  const client = await connect(flags);
  const rows = await findTorrents(client, words, flags.all ?? false);
  const params: SetParams = {
    limits: torrentLimitsOf(flags),
    seedLimits: seedLimitsOf(flags),
    isForced: forced,
    superSeed,
    addTrackers: listed(flags.addTracker),
    removeTrackers: listed(flags.removeTracker),
    addWebSeeds: listed(flags.addWebSeed),
    removeWebSeeds: listed(flags.removeWebSeed),
  };
  const changesLabels = [flags.label, flags.addLabel, flags.removeLabel].some(Boolean) || !flags.labels;
  if (!changesLabels && Object.values(params).every(value => value === undefined))
    throw new UsageError('Nothing is to be changed: "swarmline ctl set --help" shows what can be.');
  if (!changesLabels) await client.ask('torrents.set', { ids: idsOf(rows), ...params });
  // Each may have other labels to begin with.
  else
    for (const { id, labels } of rows)
      await client.ask('torrents.set', { ids: [id], ...params, labels: labelsAfter(labels, flags) });
  await print(flags, { changed: rows.length }, terminal, () => [`Changed: ${describe(rows)}.`]);
}

function labelsAfter(
  before: readonly string[],
  { label, labels, addLabel = [], removeLabel = [] }: SetFlags,
) {
  const kept = label ?? (labels ? before : []);
  return [...kept, ...addLabel].filter(each => !removeLabel.includes(each));
}

function listed(urls: readonly string[] | undefined): string[] | undefined {
  return urls && [...urls];
}

interface LimitsFlags extends CtlFlags, SeedLimitFlags {
  readonly down?: number;
  readonly up?: number;
  readonly maxConnections?: number;
  readonly maxDialling?: number;
  readonly dialsPerSecond?: number;
  readonly uploadSlots?: number | 'rate';
  readonly maxActive?: number;
  readonly maxActiveDownloads?: number;
  readonly maxActiveSeeds?: number;
  readonly maxChecking?: number;
  readonly alternative?: 'on' | 'off';
  readonly alternativeDown?: number;
  readonly alternativeUp?: number;
  readonly schedule?: WeekPlan | 'none';
}

export async function limits(flags: LimitsFlags, terminal: Terminal): Promise<void> {
  const client = await connect(flags);
  const { schedule, alternative: isOn } = flags;
  const changed = {
    ...named({
      downloadBytesPerSecond: flags.down,
      uploadBytesPerSecond: flags.up,
      maxConnections: flags.maxConnections,
      maxDialling: flags.maxDialling,
      dialsPerSecond: flags.dialsPerSecond,
      uploadSlots: flags.uploadSlots,
      maxActive: flags.maxActive,
      maxActiveDownloads: flags.maxActiveDownloads,
      maxActiveSeeds: flags.maxActiveSeeds,
      maxChecking: flags.maxChecking,
    }),
    ...seedLimitsOf(flags),
  };
  const alternative = {
    ...named({ downloadBytesPerSecond: flags.alternativeDown, uploadBytesPerSecond: flags.alternativeUp }),
    ...(isOn && { isOn: isOn === 'on' }),
    ...(schedule && { schedule: schedule === 'none' ? null : { ...schedule, days: [...schedule.days] } }),
  };
  const isChange = Object.keys(changed).length + Object.keys(alternative).length > 0;
  const facts = isChange
    ? await client.ask('session.set', { limits: changed, alternative })
    : await client.ask('session.get', {});
  const shown = { limits: facts.limits, alternative: facts.alternative };
  await print(flags, shown, terminal, () =>
    drawFields(
      [...limitFields(facts.limits, true), ...alternativeFields(facts.alternative)],
      terminal.out.paint,
    ),
  );
}
