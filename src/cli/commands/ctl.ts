// `swarmline ctl`: what a daemon can be told and asked, from the shell. Each subcommand is named here with its options; what it
// does is in ctl/, loaded when it is run.

import { type Command, Option } from 'commander';
import type { TorrentRow } from '../../rpc/methods.ts';
import { addConnectOptions, type ConnectFlags } from '../ctl/connect.ts';
import { addExamples, collect, newCommand } from '../new-command.ts';
import { newGroup } from '../new-group.ts';
import * as values from '../option-values.ts';
import type { Terminal } from '../terminal.ts';
import { weekPlan } from '../week-plan.ts';

export interface CtlFlags extends ConnectFlags {
  readonly json?: boolean;
}

export function command(terminal: Terminal): Command {
  const ctl = newGroup(terminal, 'ctl', 'Tell a running daemon what to do, and ask it how things stand.');
  for (const make of [...SHOWING, ...CHANGING]) ctl.addCommand(make(terminal));
  return addExamples(ctl, terminal, [
    ['swarmline ctl add album.torrent --label music', 'adds a torrent; magnet links and addresses too'],
    [
      'swarmline ctl list --state downloading --sort progress',
      'those that are on their way, the least complete first',
    ],
    ['swarmline ctl stop 9f1a4c', 'a torrent by the beginning of its hash, or by its name'],
    ['swarmline ctl files album --only "*.flac"', 'fetches some of the files'],
    ['swarmline ctl limits --down 2M --up 500K', 'of all torrents together'],
    ['swarmline ctl watch', 'all of them, live'],
  ]);
}

type Make = (terminal: Terminal) => Command;

const SHOWING: readonly Make[] = [
  terminal =>
    sub(terminal, 'list', 'The torrents, in a table.')
      .option('--state <state>', 'in that state alone; "active" for those with a rate', values.many(state))
      .option('--label <label>', 'with that label')
      .option('--tracker <host>', 'with a tracker at that host')
      .option('--text <text>', 'with that in their name')
      .option(
        '--sort <field>',
        'by queue, name, state, progress, length, downRate, ratio, addedAt, …',
        sortField,
        'queue',
      )
      .option('-r, --descending', 'the other way round')
      .option('--limit <count>', 'at most so many', values.positiveCount)
      .action(async flags => (await import('../ctl/show.ts')).list(flags, terminal)),
  terminal =>
    sub(terminal, 'show', 'One torrent: what it is doing and why, and all that is known of it.')
      .argument('<torrent>', TORRENT)
      .action(async (word, flags) => (await import('../ctl/show.ts')).show(word, flags, terminal)),
  terminal =>
    sub(terminal, 'files', 'The files of a torrent; or how much each is wanted.')
      .argument('<torrent>', TORRENT)
      .option('--only <files>', 'fetch these alone: 0,2,4-6 or a pattern', collect)
      .option('--skip <files>', 'do not fetch these', collect)
      .option('--normal <files>', 'fetch these', collect)
      .option('--high <files>', 'fetch these first', collect)
      .option('--low <files>', 'fetch these last', collect)
      .action(async (word, flags) => (await import('../ctl/files.ts')).files(word, flags, terminal)),
  terminal =>
    sub(terminal, 'peers', 'The peers of a torrent that are connected.')
      .argument('<torrent>', TORRENT)
      .action(async (word, flags) => (await import('../ctl/show.ts')).peers(word, flags, terminal)),
  terminal =>
    sub(terminal, 'trackers', 'The trackers of a torrent, and how things stand with each.')
      .argument('<torrent>', TORRENT)
      .action(async (word, flags) => (await import('../ctl/show.ts')).trackers(word, flags, terminal)),
  terminal =>
    sub(terminal, 'log', 'What has happened to a torrent lately.')
      .argument('<torrent>', TORRENT)
      .action(async (word, flags) => (await import('../ctl/show.ts')).log(word, flags, terminal)),
  terminal =>
    sub(
      terminal,
      'stats',
      'The daemon: totals, how many torrents are in which state, room on the disk.',
    ).action(async flags => (await import('../ctl/show.ts')).stats(flags, terminal)),
  terminal =>
    sub(
      terminal,
      'reach',
      'Whether peers can dial it, and each way to them: router, DHT, uTP, proxy, IP filter; or why it is not used.',
    ).action(async flags => (await import('../ctl/show.ts')).reach(flags, terminal)),
  terminal =>
    sub(terminal, 'watch', 'The torrents, live, until Ctrl-C. Not on a terminal: a line a change.')
      .option('--label <label>', 'those with that label')
      .option('--state <state>', 'in that state alone', values.many(state))
      .action(async flags => (await import('../ctl/watch.ts')).watch(flags, terminal)),
];

const CHANGING: readonly Make[] = [
  terminal =>
    seedOptions(
      rateOptions(sub(terminal, 'add', 'Add torrents: files, magnet links, info hashes, addresses.')),
    )
      .argument(
        '<torrent...>',
        'a torrent file, "-" for a pipe, a magnet link, an info hash or an http address',
      )
      .option('-d, --download-dir <folder>', "where it goes (default: the daemon's)")
      .option('--label <label>', 'a label for it', collect)
      .option(
        '-t, --tracker <url>',
        'in place of its own trackers',
        values.many(values.urlWith(...values.TRACKER_SCHEMES)),
      )
      .option('--files <files>', 'fetch these alone: 0,2,4-6 or a pattern; with torrent files', collect)
      .option('--skip <files>', 'do not fetch these', collect)
      .option('--high <files>', 'fetch these first', collect)
      .option('--low <files>', 'fetch these last', collect)
      .option('--paused', 'do not start it')
      .option('--sequential', 'fetch its pieces in order')
      .option('--forced', 'neither wait for its turn nor take the place of another')
      .option('--super-seed', 'as the first and only seed: show each piece to one peer (BEP 16)')
      .action(async (words, flags) => (await import('../ctl/add.ts')).add(words, flags, terminal)),
  terminal =>
    many(terminal, 'remove', 'Remove torrents; asks on a terminal.')
      .option('--delete-data', 'with their files')
      .option('-y, --yes', 'do not ask')
      .action(async (words, flags) => (await import('../ctl/change.ts')).remove(words, flags, terminal)),
  acting('start', 'Start torrents that are paused or have failed.'),
  acting('stop', 'Pause torrents.'),
  acting('recheck', 'Hash all the data of torrents again.'),
  acting('reannounce', 'Ask the trackers of torrents now, or as soon as they allow it.'),
  terminal =>
    sub(terminal, 'move', 'Move the files of a torrent to another folder, while it goes on.')
      .argument('<torrent>', TORRENT)
      .argument('<folder>', "absolute, or below the daemon's download folder")
      .addOption(new Option('--overwrite', 'put its files in the place of others').conflicts('adopt'))
      .option('--adopt', 'take what is there for its files, and check it')
      .action(async (word, folder, flags) =>
        (await import('../ctl/change.ts')).move(word, folder, flags, terminal),
      ),
  terminal =>
    sub(terminal, 'rename', 'Give a torrent’s folder or one of its files another name.')
      .argument('<torrent>', TORRENT)
      .argument('<name>', 'a name; with --file a path below the download folder')
      .option('--file <number>', 'the file, as "files" counts them', values.countLimit)
      .action(async (word, name, flags) =>
        (await import('../ctl/change.ts')).rename(word, name, flags, terminal),
      ),
  terminal =>
    seedOptions(rateOptions(many(terminal, 'set', 'Change labels, limits, trackers and more of torrents.')))
      .option('--label <label>', 'these labels in place of those that it has', collect)
      .option('--add-label <label>', 'one more label', collect)
      .option('--remove-label <label>', 'one label less', collect)
      .option('--no-labels', 'no labels')
      .option('--forced', 'neither wait for its turn nor take the place of another')
      .option('--no-forced', 'wait like all others')
      .option('--super-seed', 'show each piece to one peer (BEP 16)')
      .option('--no-super-seed', 'seed as usual')
      .option(
        '--add-tracker <url>',
        'one more tracker',
        values.many(values.urlWith(...values.TRACKER_SCHEMES)),
      )
      .option('--remove-tracker <url>', 'without that tracker', collect)
      .option('--add-web-seed <url>', 'one more web seed', values.many(values.urlWith('http', 'https')))
      .option('--remove-web-seed <url>', 'without that web seed', collect)
      .action(async (words, flags) => (await import('../ctl/set.ts')).set(words, flags, terminal)),
  terminal =>
    sub(terminal, 'queue', 'Move torrents in the queue.')
      .argument('<to>', 'top, up, down, bottom, or a number from 1 on')
      .argument('<torrent...>', TORRENT)
      .action(async (to, words, flags) =>
        (await import('../ctl/change.ts')).queue(to, words, flags, terminal),
      ),
  terminal =>
    seedOptions(
      sub(terminal, 'limits', 'The limits of all torrents together; or change them. "none" is no limit.'),
    )
      .option('--down <rate>', 'receive no faster', values.rateLimit)
      .option('--up <rate>', 'give no faster', values.rateLimit)
      .option('--max-connections <count>', 'of all torrents', values.countLimit)
      .option('--max-dialling <count>', 'dials that stand open at a time', values.countLimit)
      .option('--dials-per-second <count>', 'new dials in a second', values.countLimit)
      .option('--upload-slots <count>', 'peers that one torrent gives to; or "rate"', values.uploadSlots)
      .option('--max-active <count>', 'torrents that are active', values.countLimit)
      .option('--max-active-downloads <count>', 'of these, that download', values.countLimit)
      .option('--max-active-seeds <count>', 'of these, that seed', values.countLimit)
      .option('--max-checking <count>', 'torrents whose data is being hashed', values.countLimit)
      .option(
        '--alternative <on|off>',
        'switch to the other set of rates, or back',
        values.oneOf('on', 'off'),
      )
      .option('--alternative-down <rate>', 'of that set', values.rateLimit)
      .option('--alternative-up <rate>', 'of that set', values.rateLimit)
      .option('--schedule <when>', 'when it is on by itself: "mon-fri 08:00-18:00"', weekPlan)
      .action(async flags => (await import('../ctl/set.ts')).limits(flags, terminal)),
];

function sub(terminal: Terminal, name: string, description: string): Command {
  return addConnectOptions(newCommand(terminal, name, description).name(name)).option(
    '--json',
    'print JSON for a program',
  );
}

function many(terminal: Terminal, name: string, description: string): Command {
  return sub(terminal, name, description)
    .argument('[torrent...]', `each: ${TORRENT}`)
    .option('--all', 'all that there are');
}

function acting(name: 'start' | 'stop' | 'recheck' | 'reannounce', description: string): Make {
  return terminal =>
    many(terminal, name, description).action(async (words, flags) =>
      (await import('../ctl/change.ts')).act(name, words, flags, terminal),
    );
}

function rateOptions(made: Command): Command {
  return made
    .option('--limit-down <rate>', 'receive no faster: 500K, 2M, none', values.rateLimit)
    .option('--limit-up <rate>', 'give no faster', values.rateLimit)
    .option('--max-peers <count>', 'connections at a time', values.countLimit)
    .option('--upload-slots <count>', 'peers that it gives to at a time; or "rate"', values.uploadSlots);
}

function seedOptions(made: Command): Command {
  return made
    .option(
      '--seed-ratio <times>',
      'seed until so many times the data was given: 1.5, none',
      values.ratioLimit,
    )
    .option('--seed-time <time>', 'seed for so long: 30m, 2h, 7d, none', values.durationLimit)
    .option('--seed-idle <time>', 'seed until nobody has wanted anything for so long', values.durationLimit);
}

const STATES = 'metadata checking allocating downloading seeding queued paused failed active'.split(' ') as (
  | TorrentRow['state']
  | 'active'
)[];
const SORT_FIELDS =
  'id name state error length left progress downRate upRate downloaded uploaded ratio eta peers labels addedAt completedAt queue tracker downloadDir isPrivate'.split(
    ' ',
  ) as (keyof TorrentRow)[];
const state = values.oneOf(...STATES);
const sortField = values.oneOf(...SORT_FIELDS);
const TORRENT = 'a torrent: its hash, the beginning of it, or its name';
