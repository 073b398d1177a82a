// `swarmline seed`: gives data that is on disk already to others. It checks the data first, fetches nothing and writes
// nothing: where something is missing or wrong it says so and ends.

import type { Command } from 'commander';
import { SwarmlineError } from '../../core/errors.ts';
import type { Metainfo } from '../../core/metainfo/metainfo.ts';
import { locate } from '../../create/verify.ts';
import { nodeFiles } from '../../io/files.ts';
import type { SessionTorrent } from '../../session/session-torrent.ts';
import { interruptible } from '../interrupt.ts';
import { addExamples, newCommand } from '../new-command.ts';
import { displayText } from '../output/display-text.ts';
import { formatBytes, formatCount, formatPlural } from '../output/figures.ts';
import type { Terminal } from '../terminal.ts';
import { parseTorrentFile, readTorrentFileArgument } from '../torrent-argument.ts';
import { transfer } from '../transfer.ts';
import {
  addSuperSeedOption,
  addTransferOptions,
  networkOptions,
  resumeOptions,
  type SuperSeedFlags,
  seedLimits,
  type TransferFlags,
} from '../transfer-options.ts';

interface Flags extends TransferFlags, SuperSeedFlags {
  readonly data: string;
}

export function command(terminal: Terminal): Command {
  const seed = newCommand(
    terminal,
    'seed',
    'Seed data that is on disk already; it is checked, never written.',
  )
    .argument('<torrent>', 'a torrent file, or "-" for one that is piped in')
    .option('-d, --data <path>', 'the data, or the folder that holds it', '.');
  addSuperSeedOption(addTransferOptions(seed)).action((argument: string, flags: Flags) =>
    run(argument, flags, terminal),
  );
  return addExamples(seed, terminal, [
    [
      'swarmline seed album.torrent --data /media/music',
      'the folder /media/music/album, or /media/music itself',
    ],
    [
      'swarmline seed album.torrent --super-seed',
      'the first seed of many receivers: sends hardly more than one copy',
    ],
    ['swarmline seed image.torrent --data old-name.iso', 'a file under another name'],
    ['swarmline seed image.torrent --seed-ratio 2 --seed-time 7d', 'twice, or for a week'],
  ]);
}

async function run(argument: string, flags: Flags, terminal: Terminal): Promise<void> {
  const { metainfo } = parseTorrentFile(await readTorrentFileArgument(argument, terminal));
  const files = nodeFiles();
  if ((await files.look(flags.data, { follow: true })) === undefined) {
    throw new SwarmlineError('FILE_MISSING', `"${flags.data}" does not exist: there is nothing to seed.`, {
      where: flags.data,
    });
  }
  const sources = await locate(metainfo, flags.data, files);
  await interruptible(signal =>
    transfer(
      {
        exchange: {
          add: {
            info: metainfo,
            downloadDir: flags.data,
            sources,
            seedLimits: seedLimits(flags),
            superSeed: flags.superSeed === true,
          },
          trackers: [...metainfo.trackers, ...(flags.tracker ?? []).map(url => [url])],
          peers: flags.peer ?? [],
          ...networkOptions(flags),
          ...resumeOptions(flags, flags.data),
        },
        seed: true,
        json: flags.json === true,
        completeLine: () => seedingLine(metainfo, terminal),
        checked: torrent => objectionTo(torrent, flags.data),
      },
      terminal,
      signal,
    ),
  );
}

function seedingLine(metainfo: Metainfo, { out }: Terminal): string {
  const what = `${formatPlural(metainfo.files.length, 'file')}, ${formatBytes(metainfo.layout.dataLength)}`;
  return `${out.paint.complete('✓')} Seeding ${out.paint.strong(displayText(metainfo.name))}: ${what}, every piece checked.`;
}

function objectionTo(torrent: SessionTorrent, data: string): SwarmlineError | undefined {
  const { isComplete, piecesHave, piecesTotal } = torrent.stats();
  if (isComplete) return undefined;
  const name = displayText(torrent.name ?? '');
  const message =
    piecesHave === 0
      ? `Nothing of "${name}" is at "${data}": name the place of the data with --data.`
      : `"${name}" is not complete at "${data}": ${formatCount(piecesHave)} of ${formatPlural(piecesTotal, 'piece')} are good. "swarmline verify" says which files; "swarmline get" fetches the rest.`;
  return new SwarmlineError('DATA_INCOMPLETE', message, { where: data });
}
