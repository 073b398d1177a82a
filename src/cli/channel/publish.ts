// `swarmline channel publish`: makes a torrent of what is to be released, seeds it, and has the DHT say that it is the newest.

import { dirname, resolve } from 'node:path';
import type { Command } from 'commander';
import { type PublishedRelease, Publisher } from '../../channel/publisher.ts';
import { toHex } from '../../core/bytes/hex.ts';
import { SwarmlineError } from '../../core/errors.ts';
import { type ChannelLink, formatChannelLink } from '../../core/metainfo/channel-link.ts';
import type { Metainfo } from '../../core/metainfo/metainfo.ts';
import { parseMetainfo } from '../../core/metainfo/parse.ts';
import { createTorrent } from '../../create/create.ts';
import { nodeClock } from '../../io/clock.ts';
import { nodeHash } from '../../io/hash-functions.ts';
import { withNodeDeps } from '../../io/node-create.ts';
import { readSigningKey, type SigningKey } from '../../io/signing-key.ts';
import { addRouterOption } from '../dht-options.ts';
import { Exchange } from '../exchange.ts';
import { walkFilter } from '../globs.ts';
import { INTERRUPTED, interruptible, untilAborted } from '../interrupt.ts';
import { addExamples, collect, newCommand } from '../new-command.ts';
import * as values from '../option-values.ts';
import { displayText } from '../output/display-text.ts';
import { formatBytes, formatPlural } from '../output/figures.ts';
import { createProgress } from '../output/progress.ts';
import { programName } from '../program-name.ts';
import type { Terminal } from '../terminal.ts';
import { addNetworkOptions, type NetworkFlags, networkOptions } from '../transfer-options.ts';
import { channelMemory } from './memory.ts';
import { addSaltOption, linkParts, type SaltFlags } from './options.ts';
import { proxyWithoutUdp, refuseHttpProxy } from './proxy.ts';

interface Flags extends NetworkFlags, SaltFlags {
  readonly version: 'v2' | 'hybrid';
  readonly name?: string;
  readonly tracker?: readonly string[];
  readonly exclude?: readonly string[];
  readonly pieceLength?: number;
  readonly comment?: string;
  readonly json?: boolean;
}

export function publishCommand(terminal: Terminal): Command {
  const publish = newCommand(
    terminal,
    'channel publish',
    'Release a file or a folder in a channel: followers fetch what has changed. Seeds until Ctrl-C.',
  )
    .argument('<key-file>', 'of "swarmline channel create"')
    .argument('<path...>', 'what is released; several become one folder, with --name')
    .option(
      '--version <version>',
      'hybrid or v2: their file roots tell followers which files they have',
      values.oneOf('v2', 'hybrid'),
      'hybrid',
    )
    .option('-n, --name <name>', "the torrent's name (default: the path's last element)")
    .option(
      '-t, --tracker <url>',
      'a tracker of the torrent',
      values.many(values.urlWith(...values.TRACKER_SCHEMES)),
    )
    .option(
      '-l, --piece-length <size>',
      'bytes in a piece, such as 64K: of a file that changes in places its pieces are fetched (default: about 32,768 pieces)',
      values.byteCount,
    )
    .option('-c, --comment <text>', 'a comment')
    .option('--exclude <glob>', 'leave out what fits', collect)
    .option('--json', 'events for a program on stdout, one JSON object a line (docs/events.md)');
  addSaltOption(addRouterOption(addNetworkOptions(publish))).action(
    (keyFile: string, paths: readonly string[], flags: Flags) => run(keyFile, paths, flags, terminal),
  );
  return addExamples(publish, terminal, [
    ['swarmline channel publish data.key measurements', 'prints the link, and the number of the release'],
    ['swarmline channel publish data.key measurements --salt hourly', 'another channel of the same key'],
  ]);
}

async function run(
  keyFile: string,
  paths: readonly string[],
  flags: Flags,
  terminal: Terminal,
): Promise<void> {
  refuseHttpProxy(flags);
  const key = await readSigningKey(keyFile);
  await interruptible(async signal => {
    const collection = collectionOf(linkParts(key.publicKey, flags));
    const made = await makeTorrent(paths, collection, flags, terminal, signal);
    if (made === undefined) {
      terminal.exitStatus = INTERRUPTED;
      return;
    }
    await seedAndPublish(made, key, flags, terminal, signal);
  });
}

interface Made {
  readonly metainfo: Metainfo;
  readonly sources: readonly string[];
  readonly downloadDir: string;
}

/** Undefined where the user stopped it. */
async function makeTorrent(
  paths: readonly string[],
  collection: string,
  { version, name, pieceLength, comment, exclude = [], tracker = [] }: Flags,
  terminal: Terminal,
  signal: AbortSignal,
): Promise<Made | undefined> {
  const progress = createProgress({ total: 0, label: 'Hashing', stream: terminal.err });
  try {
    return await withNodeDeps({ useCallingThread: true }, async deps => {
      const options = {
        version,
        createdBy: programName(),
        // So that followers look for what has changed in a file, too (BEP 38).
        collections: [collection],
        trackers: tracker.map(url => [url]),
        ...(pieceLength === undefined ? { targetPieces: TARGET_PIECES } : { pieceLength }),
        ...walkFilter([], exclude),
        ...(name === undefined ? {} : { name }),
        ...(comment === undefined ? {} : { comment }),
      };
      const { bytes, plan } = await createTorrent(paths, options, deps, { signal });
      return {
        metainfo: parseMetainfo(bytes, { hash: nodeHash, checkPieceLayers: false }),
        sources: plan.files.map(({ source }) => source),
        downloadDir: dirname(resolve(paths[0]!)),
      };
    });
  } catch (error) {
    if (!signal.aborted) throw error;
    return undefined;
  } finally {
    progress.clear();
  }
}

async function seedAndPublish(
  { metainfo, sources, downloadDir }: Made,
  key: SigningKey,
  flags: Flags,
  terminal: Terminal,
  signal: AbortSignal,
): Promise<void> {
  const channel = linkParts(key.publicKey, flags);
  const memory = channelMemory(channel);
  const exchange = await Exchange.start({
    add: { info: metainfo, downloadDir, sources, isVerified: true },
    trackers: metainfo.trackers,
    ...networkOptions(flags),
  });
  const { session, torrent } = exchange;
  const { infoHashV1, infoHashV2 } = metainfo;
  const say = flags.json === true ? eventsTo(terminal) : linesTo(terminal, metainfo);
  const publisher = new Publisher(
    { ...channel, least: await memory.leastSeq() },
    { dht: session.dht!, clock: nodeClock, sign: message => key.sign(message) },
    release => {
      say.published(release);
      memory.published(release.seq).catch(({ message }: SwarmlineError) => {
        void terminal.err.line(`${message} The number of the release will not be remembered.`);
      });
    },
  );
  try {
    const link = formatChannelLink({ ...channel, trackers: metainfo.trackers.flat(), name: flags.name });
    say.link(link, infoHashV1, infoHashV2);
    publisher.publish(metainfo);
    const failed = new Promise<SwarmlineError>(done => torrent.on('error', done));
    const noUdp = proxyWithoutUdp(session, terminal, flags.json === true);
    const end = await untilAborted(Promise.race([failed, noUdp]), signal);
    if (end instanceof SwarmlineError) throw end;
  } finally {
    publisher.close();
    await exchange.close();
  }
}

/** The channel's name among collections. */
function collectionOf({ key, salt }: ChannelLink): string {
  return `urn:btpk:${toHex(key)}${salt.length === 0 ? '' : `:${toHex(salt)}`}`;
}

interface Say {
  link(link: string, infoHashV1: Uint8Array | undefined, infoHashV2: Uint8Array | undefined): void;
  published(release: PublishedRelease): void;
}

function eventsTo({ out }: Terminal): Say {
  const hex = (hash: Uint8Array | undefined) => hash && toHex(hash);
  return {
    link: (link, infoHashV1, infoHashV2) =>
      void out.line(
        JSON.stringify({ event: 'channel', link, infoHashV1: hex(infoHashV1), infoHashV2: hex(infoHashV2) }),
      ),
    published: ({ seq, nodes }) => void out.line(JSON.stringify({ event: 'published', release: seq, nodes })),
  };
}

function linesTo({ out, err }: Terminal, { name, files, layout }: Metainfo): Say {
  let said = '';
  return {
    link: link => {
      const what = `${formatPlural(files.length, 'file')}, ${formatBytes(layout.dataLength)}`;
      void out.line(`Seeding ${out.paint.strong(displayText(name))}: ${what}. Followers type:`);
      void out.line(`  swarmline channel follow '${link}' -o FOLDER`);
    },
    published: ({ seq, nodes }) => {
      const line =
        nodes > 0
          ? `${err.paint.complete('✓')} Release ${seq} is in the channel: kept by ${formatPlural(nodes, 'node')} of the DHT, for as long as this runs.`
          : `${err.paint.idle('·')} No node of the DHT answers yet: it is tried again.`;
      // It is put again each hour.
      if (line !== said) void err.line(line);
      said = line;
    },
  };
}

/**
 * Sixteen times as many as a torrent of a gibibyte has by itself: where a few bytes of a file change, a piece is what is fetched. The
 * hashes of both versions are then a six-hundredth of the data.
 */
const TARGET_PIECES = 32_768;
