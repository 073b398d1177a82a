// `swarmline share`: a file or folder to other people, in one command: the torrent, a tracker, and the first seed.

import { dirname, resolve } from 'node:path';
import type { Command } from 'commander';
import type { Address } from '../../core/bytes/compact-address.ts';
import { SwarmlineError } from '../../core/errors.ts';
import { formatMagnet, magnetOf } from '../../core/metainfo/magnet.ts';
import type { Metainfo } from '../../core/metainfo/metainfo.ts';
import { parseMetainfo } from '../../core/metainfo/parse.ts';
import { hashTorrent } from '../../create/create.ts';
import type { CreateOptions } from '../../create/options.ts';
import { type CreatePlan, planTorrent } from '../../create/plan.ts';
import { nodeHash } from '../../io/hash-functions.ts';
import { withNodeDeps } from '../../io/node-create.ts';
import type { SessionTorrent } from '../../session/session-torrent.ts';
import { addRouterOption } from '../dht-options.ts';
import { type AnnouncedFacts, type EmbeddedTracker, startEmbeddedTracker } from '../embedded-tracker.ts';
import { Exchange } from '../exchange.ts';
import { walkFilter } from '../globs.ts';
import { INTERRUPTED, interruptible, untilAborted } from '../interrupt.ts';
import { addExamples, collect, newCommand } from '../new-command.ts';
import * as values from '../option-values.ts';
import { createProgress } from '../output/progress.ts';
import { inUrl, ownAddress } from '../own-address.ts';
import { programName } from '../program-name.ts';
import { Receivers } from '../receivers.ts';
import { type SharePage, serveSharePage } from '../share-page.ts';
import { eventsFor, receiveCommand, type Show, viewFor } from '../share-show.ts';
import { SharedTorrents } from '../shared-torrents.ts';
import type { Terminal } from '../terminal.ts';
import {
  addNetworkOptions,
  addSeedOptions,
  addSuperSeedOption,
  type NetworkFlags,
  networkOptions,
  type SeedFlags,
  type SuperSeedFlags,
  seedLimits,
} from '../transfer-options.ts';
import { UsageError } from '../usage-error.ts';

interface Flags extends NetworkFlags, SeedFlags, SuperSeedFlags {
  readonly version: 'v1' | 'v2' | 'hybrid';
  readonly name?: string;
  readonly tracker?: readonly string[];
  readonly host?: string;
  readonly trackerPort?: number;
  readonly comment?: string;
  readonly exclude?: readonly string[];
  readonly symlinks: 'keep' | 'follow' | 'skip';
  readonly once?: number;
  readonly json?: boolean;
  readonly qr: boolean;
  readonly page: boolean;
  readonly pagePort?: number;
  readonly rehash?: boolean;
}

export function command(terminal: Terminal): Command {
  const share = newCommand(
    terminal,
    'share',
    'Share a file or a folder: makes the torrent, runs a tracker, seeds.',
  )
    .argument('<path...>', 'a file or a folder; several become one folder, with --name')
    .option('--version <version>', 'v1, v2 or hybrid', values.oneOf('v1', 'v2', 'hybrid'), 'hybrid')
    .option('-n, --name <name>', "the torrent's name (default: the path's last element)")
    .option(
      '-t, --tracker <url>',
      'use this tracker, and start none',
      values.many(values.urlWith(...values.TRACKER_SCHEMES)),
    )
    .option(
      '--host <address>',
      'the name or address under which others reach this machine (default: its own on the network)',
    )
    .option(
      '--tracker-port <port>',
      'of the embedded tracker (default: 6969, or any that is free)',
      values.portNumber,
    )
    .option('-c, --comment <text>', 'a comment')
    .option('--exclude <glob>', 'leave out what fits', collect)
    .option(
      '--symlinks <how>',
      'keep them as links, follow or skip them',
      values.oneOf('keep', 'follow', 'skip'),
      'keep',
    )
    .option('--once <count>', 'end when so many receivers have everything', values.positiveCount)
    .option('--rehash', 'hash everything, though no file has changed since it was shared before')
    .option('--no-qr', 'show no QR code')
    .option('--no-page', 'serve no page to this machine')
    .option('--page-port <port>', 'of the page (default: any that is free)', values.portNumber)
    .option('--json', 'events for a program on stdout, one JSON object a line (docs/events.md)');
  addNetworkOptions(share).option(
    '--dht',
    'have it found by the DHT too: strangers may then come upon it (default: only who is told of it)',
  );
  addSuperSeedOption(addSeedOptions(addRouterOption(share))).action(
    (paths: readonly string[], flags: Flags) => run(paths, flags, terminal),
  );
  return addExamples(share, terminal, [
    ['swarmline share holiday', 'until Ctrl-C; prints what to type on the other side'],
    ['swarmline share image.iso --host files.example.org', 'where others know this machine by a name'],
    ['swarmline share image.iso --once 3', 'ends when three have it'],
    [
      'swarmline share image.iso --version v1',
      'for receivers with aria2, or Transmission before 4.0, which read no hybrids',
    ],
  ]);
}

async function run(paths: readonly string[], flags: Flags, terminal: Terminal): Promise<void> {
  await interruptible(async signal => {
    const host = flags.host ?? flags.bind ?? ownAddress(flags.interface);
    let announced: (address: Address, facts: AnnouncedFacts) => void = () => {};
    if (flags.proxy !== undefined && flags.tracker === undefined)
      throw new UsageError('With --proxy others cannot reach a tracker here: name one with --tracker.');
    if (flags.interface !== undefined && flags.tracker === undefined)
      throw new UsageError(
        'With --interface there is no tracker here, which would answer by any: name one with --tracker.',
      );
    const tracker =
      flags.tracker === undefined
        ? await startEmbeddedTracker({ port: flags.trackerPort, bind: flags.bind }, (address, facts) =>
            announced(address, facts),
          )
        : undefined;
    try {
      // Programs without WebRTC have no use for the third, and those with it cannot reach a seed without.
      const trackers =
        flags.tracker?.map(url => [url]) ??
        tracker!
          .urls(host)
          .slice(0, 2)
          .map(url => [url]);
      const made = await makeTorrent(paths, { ...createOptions(flags), trackers }, flags, terminal, signal);
      if (made === undefined) return;
      const place = { host, tracker, trackers, flags, paths };
      await seed(made, place, terminal, signal, (torrent, receivers) => {
        announced = (address, { peerId, hasAll, isLeaving }) => {
          receivers.announced(address, { peerId, hasAll }, performance.now());
          if (isLeaving) return;
          // Who can reach us dials first: libtorrent ends both connections where both ends dial at once.
          setTimeout(() => torrent.peersFound([address], 'tracker'), DIAL_AFTER_MS).unref();
        };
      });
    } finally {
      await tracker?.close();
    }
  });
}

interface Made {
  readonly metainfo: Metainfo;
  readonly plan: CreatePlan;
}

/** Undefined where the user stopped it. */
async function makeTorrent(
  paths: readonly string[],
  options: CreateOptions,
  { rehash }: Flags,
  terminal: Terminal,
  signal: AbortSignal,
): Promise<Made | undefined> {
  const shared = new SharedTorrents();
  try {
    return await withNodeDeps({ useCallingThread: true }, async deps => {
      const plan = await planTorrent(paths, options, deps.files, signal);
      const before = rehash === true ? undefined : await shared.find(plan, options);
      if (before !== undefined) return { metainfo: before, plan };
      const progress = createProgress({ total: plan.dataLength, label: 'Hashing', stream: terminal.err });
      try {
        const onProgress = (done: number) => progress.update(done);
        const { bytes } = await hashTorrent(plan, options, deps.hasher, { signal, onProgress });
        await shared.keep(plan, options, bytes);
        return { metainfo: parseMetainfo(bytes, { hash: nodeHash, checkPieceLayers: false }), plan };
      } finally {
        progress.clear();
      }
    });
  } catch (error) {
    if (!signal.aborted) throw error;
    terminal.exitStatus = INTERRUPTED;
    await terminal.err.line('Stopped before everything was hashed: nothing was shared.');
    return undefined;
  }
}

interface Place {
  readonly host: string;
  readonly tracker: EmbeddedTracker | undefined;
  readonly trackers: readonly (readonly string[])[];
  readonly flags: Flags;
  readonly paths: readonly string[];
}

async function seed(
  { metainfo, plan }: Made,
  { host, tracker, trackers, flags, paths }: Place,
  terminal: Terminal,
  signal: AbortSignal,
  started: (torrent: SessionTorrent, receivers: Receivers) => void,
): Promise<void> {
  const file = `/${metainfo.name}.torrent`;
  tracker?.publish(metainfo, file, metainfo.bytes);
  const exchange = await Exchange.start({
    add: {
      info: metainfo,
      downloadDir: dirname(resolve(paths[0]!)),
      sources: plan.files.map(({ source }) => source),
      isVerified: true,
      seedLimits: seedLimits(flags),
      superSeed: flags.superSeed === true,
    },
    trackers,
    ...networkOptions({ ...flags, dht: flags.dht ?? false }),
  });
  const { torrent, session } = exchange;
  let show: Show | undefined;
  let page: SharePage | undefined;
  let allReceived = () => {};
  const ended = new Promise<SwarmlineError | 'seeded' | 'received'>(resolve => {
    torrent.on('error', resolve);
    torrent.on('seed-limit', () => resolve('seeded'));
    allReceived = () => resolve('received');
  });
  const receivers = new Receivers(torrent, count => {
    show?.received(count);
    if (count === flags.once) allReceived();
  });
  const lookTimer = setInterval(() => receivers.look(performance.now()), LOOK_MS);
  started(torrent, receivers);
  try {
    const torrentUrl = tracker && `http://${inUrl(host)}:${tracker.port}${inPath(file)}`;
    // Behind a proxy there is nowhere to dial us, and who we are is not to be said.
    const peers = session.address === undefined ? [] : [{ host, port: session.address.port }];
    const magnet = formatMagnet(magnetOf(metainfo, { peers }));
    page = await pageOf(flags, terminal);
    const command = receiveCommand(torrentUrl ?? magnet);
    const invitation = { magnet, torrentUrl, command, pageUrl: page?.url };
    show =
      flags.json === true
        ? eventsFor(exchange, invitation, terminal)
        : await viewFor(exchange, { ...invitation, metainfo, receivers, hasQr: flags.qr }, terminal);
    page?.begin({ exchange, invitation, receivers, once: flags.once });
    const end = await untilAborted(ended, signal);
    if (end instanceof SwarmlineError) throw end;
  } finally {
    clearInterval(lookTimer);
    await show?.close();
    await page?.close();
    await exchange.close();
  }
}

/** Where nobody has asked for its port, what is shared is shared without it. */
async function pageOf({ page, pagePort }: Flags, terminal: Terminal): Promise<SharePage | undefined> {
  if (!page) return undefined;
  try {
    return await serveSharePage(pagePort ?? 0);
  } catch (error) {
    if (!(error instanceof SwarmlineError) || pagePort !== undefined) throw error;
    await terminal.err.line(`There is no page to look at: ${error.message}`);
    return undefined;
  }
}

function createOptions(flags: Flags): CreateOptions {
  return {
    version: flags.version,
    symlinks: flags.symlinks,
    ...walkFilter([], flags.exclude ?? []),
    createdBy: programName(),
    ...(flags.name === undefined ? {} : { name: flags.name }),
    ...(flags.comment === undefined ? {} : { comment: flags.comment }),
  };
}

/** Letters such as "#" and "?" would end the path. */
function inPath(path: string): string {
  return path.split('/').map(encodeURIComponent).join('/');
}

const DIAL_AFTER_MS = 3_000;
const LOOK_MS = 500;
