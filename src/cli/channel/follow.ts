// `swarmline channel follow`: the newest release of a channel, and each that comes after it.

import { isIP } from 'node:net';
import { resolve } from 'node:path';
import type { Command } from 'commander';
import { Follower } from '../../channel/follower.ts';
import type { Address } from '../../core/bytes/compact-address.ts';
import { SwarmlineError } from '../../core/errors.ts';
import { type ChannelLink, parseChannelLink } from '../../core/metainfo/channel-link.ts';
import type { Host } from '../../host/host.ts';
import type { NameResolver } from '../../host/names.ts';
import { describeSystemError } from '../../io/file-fault.ts';
import { Line } from '../../io/line.ts';
import { makeFolder } from '../../io/make-folder.ts';
import { nodeHost } from '../../io/node-host.ts';
import type { Session } from '../../session/session.ts';
import { addRouterOption } from '../dht-options.ts';
import { openSession } from '../exchange.ts';
import { INTERRUPTED, interruptible, untilAborted } from '../interrupt.ts';
import { addExamples, newCommand } from '../new-command.ts';
import * as values from '../option-values.ts';
import { stateFolderFor } from '../state-folder.ts';
import type { Terminal } from '../terminal.ts';
import { addNetworkOptions, type NetworkFlags, networkOptions } from '../transfer-options.ts';
import { eventsOf, type FollowShow, linesOf } from './follow-show.ts';
import { followerMemory } from './memory.ts';
import { proxyWithoutUdp, refuseHttpProxy } from './proxy.ts';
import { Releases } from './releases.ts';

interface Flags extends NetworkFlags {
  readonly output: string;
  readonly keep: number;
  readonly every: number;
  readonly peer?: readonly Address[];
  readonly once?: boolean;
  readonly json?: boolean;
}

export function followCommand(terminal: Terminal): Command {
  const follow = newCommand(
    terminal,
    'channel follow',
    'Fetch the newest release of a channel and each that comes, and seed them. Of each, only what is new is fetched.',
  )
    .argument('<link>', 'of "swarmline channel create": magnet:?xs=urn:btpk:…')
    .option(
      '-o, --output <folder>',
      'each release goes to a folder of its own there; "latest" leads to the newest',
      '.',
    )
    .option(
      '--keep <count>',
      'so many releases that are complete stay, with their data',
      values.positiveCount,
      2,
    )
    .option('--every <time>', 'how often the channel is looked at: 5m, 1h', values.duration, DEFAULT_EVERY_MS)
    .option('--peer <host:port>', 'a peer to ask at once', values.many(values.hostAndPort))
    .option('--once', 'end when the newest release is complete')
    .option('--json', 'events for a program on stdout, one JSON object a line (docs/events.md)');
  addRouterOption(addNetworkOptions(follow)).action((link: string, flags: Flags) =>
    run(link, flags, terminal),
  );
  return addExamples(follow, terminal, [
    [
      "swarmline channel follow 'magnet:?xs=urn:btpk:…' -o mirror",
      'mirror/latest is the newest that is complete',
    ],
    ["swarmline channel follow 'magnet:?xs=urn:btpk:…' --once", 'the newest, and no more'],
  ]);
}

async function run(text: string, flags: Flags, terminal: Terminal): Promise<void> {
  refuseHttpProxy(flags);
  const link = parseChannelLink(text);
  const folder = resolve(flags.output);
  await makeOutput(folder);
  await interruptible(async signal => {
    const network = networkOptions(flags);
    const line = network.line && (await Line.open(network.line.device, network.line.nameServers));
    const host = nodeHost({ proxy: network.proxy, line });
    const stateFolder = stateFolderFor(folder);
    const session = await openSession(host, { ...network, stateFolder });
    const show = flags.json === true ? eventsOf(terminal) : linesOf(terminal, session);
    try {
      const following = followIn(session, { host, link, folder, stateFolder, flags, show });
      const noUdp = proxyWithoutUdp(session, terminal, flags.json === true);
      const end = await untilAborted(Promise.race([following, noUdp]), signal);
      if (end instanceof SwarmlineError) throw end;
      if (end === 'interrupted' && flags.once === true) terminal.exitStatus = INTERRUPTED;
    } finally {
      show.close();
      await session.close();
      await host.disk.close();
    }
  });
}

interface Following {
  readonly host: Host;
  readonly link: ChannelLink;
  readonly folder: string;
  readonly stateFolder: string;
  readonly flags: Flags;
  readonly show: FollowShow;
}

/** Until the newest is complete, with `--once`; else for ever. */
async function followIn(
  session: Session,
  { host, link, folder, stateFolder, flags, show }: Following,
): Promise<void> {
  const { dht } = session;
  const memory = followerMemory(stateFolder);
  const known = await memory.known(link);
  let done = () => {};
  let failed: (error: unknown) => void = () => {};
  const ended = new Promise<void>((resolvePromise, reject) => {
    done = resolvePromise;
    failed = reject;
  });
  /** The newest of the channel, once it has been found in this run. */
  let newest: number | undefined;
  const look = () => {
    if (flags.once === true && newest !== undefined && releases.isWhole(newest)) done();
  };
  const releases = new Releases(
    session,
    { folder, keep: flags.keep, trackers: link.trackers, peers: await peersOf(link, flags, host.names) },
    {
      begun: show.begun,
      complete: (seq, torrent, wasThere) => {
        show.complete(seq, torrent, wasThere);
        look();
      },
      removed: show.removed,
      failed: (seq, error) => {
        show.failed(seq, error);
        if (flags.once === true && seq === newest) failed(error);
      },
    },
  );
  await releases.restore();
  const follower = new Follower(
    { ...link, pollMs: flags.every, known },
    { dht: dht!, clock: host.clock, random: host.random },
    {
      release: (_, item) => void memory.keep(item).catch(failed),
      newest: release => {
        newest = release.seq;
        releases.add(release);
        look();
      },
      silent: tries => show.silent(tries, dht!.status.nodes),
    },
  );
  follower.start();
  try {
    await ended;
    await releases.settled();
  } finally {
    follower.close();
  }
}

/**
 * Those that are found; what is named wrongly is passed over, for there are other ways to peers. So is what is not an address
 * where nobody may be asked for names: behind a proxy.
 */
async function peersOf(
  link: ChannelLink,
  { peer = [] }: Flags,
  names: NameResolver = addressesAlone,
): Promise<Address[]> {
  const found = await Promise.all(
    [...link.peers, ...peer].map(({ host, port }) =>
      names.resolve(host).then(
        ([address]) => (address === undefined ? [] : [{ host: address, port }]),
        () => [],
      ),
    ),
  );
  return found.flat();
}

async function makeOutput(path: string): Promise<void> {
  try {
    await makeFolder(path);
  } catch (cause) {
    const message = `The folder "${path}" cannot be made: ${describeSystemError(cause)}.`;
    throw new SwarmlineError('OUTPUT_FAILED', message, { where: path, cause });
  }
}

const addressesAlone: NameResolver = {
  resolve: async host => (isIP(host) === 0 ? [] : [host]),
};
const DEFAULT_EVERY_MS = 300_000;
