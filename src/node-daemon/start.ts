// A daemon on this machine, put together: session, library, faces over HTTP. What the command line and the configuration say
// is read already.

import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { Address } from '../core/bytes/compact-address.ts';
import { wholeOptions } from '../core/engine/options.ts';
import { SwarmlineError } from '../core/errors.ts';
import { hashTorrent } from '../create/create.ts';
import { planTorrent } from '../create/plan.ts';
import { DaemonCounts } from '../daemon/counts.ts';
import type { MakeTorrent } from '../daemon/creations.ts';
import { type ConfiguredAlternative, Daemon, NO_ALTERNATIVE } from '../daemon/daemon.ts';
import { RateHistory } from '../daemon/rate-history.ts';
import { describeSystemError } from '../io/file-fault.ts';
import { lockFolder } from '../io/folder-lock.ts';
import { Line } from '../io/line.ts';
import { makeFolder } from '../io/make-folder.ts';
import { withNodeDeps } from '../io/node-create.ts';
import { nodeHost } from '../io/node-host.ts';
import type { ProxyOptions } from '../io/proxy-url.ts';
import { ChangeFeed } from '../rpc/changes.ts';
import type { SessionConstants } from '../rpc/transmission/deps.ts';
import { boundHttp } from '../session/bound-http.ts';
import type { AddressFilter } from '../session/ip-filter.ts';
import type { SessionLimits } from '../session/limits.ts';
import { Session } from '../session/session.ts';
import { SESSION_DEFAULTS, type SessionOptions } from '../session/settings.ts';
import { davFace } from './dav-face.ts';
import { AllowedFolders, FreeSpace } from './folders.ts';
import { checkToken, type DaemonHttp, serveDaemon } from './http.ts';
import { OnComplete } from './on-complete.ts';
import { opsFace } from './ops-face.ts';
import { pageFace } from './page-face.ts';
import { rpcFace } from './rpc-face.ts';
import { streamFace } from './stream-face.ts';
import { isTransmissionPath, type TransmissionFace, transmissionFace } from './transmission-face.ts';
import type { WatchedFolder } from './watch-folder.ts';
import { WatchedFolders } from './watched-folders.ts';

/** What can be another while it runs. */
export interface LiveDaemonOptions {
  /** Beside `downloadDir`, where a client may have torrents put. */
  readonly allowedFolders?: readonly string[];
  readonly token?: string | undefined;
  readonly allowedHosts?: readonly string[];
  /** Peers that are neither dialled nor let in. */
  readonly ipFilter?: AddressFilter | undefined;
  readonly alternative?: Partial<ConfiguredAlternative>;
  /** `/metrics` is answered without the token. @default false */
  readonly openMetrics?: boolean;
  /** Where torrents are until they are complete. */
  readonly incompleteDir?: string | undefined;
  /** Run when a torrent is complete. */
  readonly onComplete?: string | undefined;
  /** What a client of Transmission's RPC may choose in its place. Absolute paths. */
  readonly allowedPrograms?: readonly string[];
  readonly watch?: readonly WatchedFolder[];
  /** What becomes of a file there whose torrent was added. @default rename */
  readonly watchAdded?: 'rename' | 'remove';
}

export interface StartDaemonOptions extends LiveDaemonOptions {
  /** Where everything is remembered; nobody else may use it. */
  readonly stateFolder: string;
  readonly downloadDir: string;
  readonly rpc: { readonly host: string; readonly port: number };
  /** The interface by which alone all but answers to clients leaves. @default any */
  readonly line?:
    | { readonly device: string; readonly nameServers?: readonly string[] | undefined }
    | undefined;
  /** All that leaves goes through it; `session.listen` is false then. */
  readonly proxy?: ProxyOptions | undefined;
  /** With the limits that hold until others are set. */
  readonly session?: SessionOptions;
  readonly version: string;
  /** Something that whoever runs it should know. */
  readonly onWarning: (error: unknown) => void;
  /** A client has asked that it ends. @default no client may ask that */
  readonly onCloseAsked?: () => void;
}

export interface RunningDaemon {
  readonly daemon: Daemon;
  /** Of its HTTP server. */
  readonly address: Address;
  /**
   * The configuration was read anew; all of it is told. What cannot be is refused as a whole, and it goes on as it was.
   * @throws SwarmlineError `TOKEN_NEEDED`; TypeError
   */
  configure(options: LiveDaemonOptions, limits: Partial<SessionLimits>): void;
  close(): Promise<void>;
}

/** @throws SwarmlineError `LISTEN_FAILED`, `STATE_LOCKED`, `STATE_UNREADABLE`, `TOKEN_NEEDED`, `OUTPUT_FAILED`, `INTERFACE_UNAVAILABLE` */
export async function startDaemon(options: StartDaemonOptions): Promise<RunningDaemon> {
  const { stateFolder, version, onWarning, rpc, alternative } = options;
  let live: LiveDaemonOptions = options;
  const downloadDir = resolve(options.downloadDir);
  await makeFolder(downloadDir).catch(cause => {
    throw new SwarmlineError(
      'OUTPUT_FAILED',
      `The folder "${downloadDir}" cannot be made: ${describeSystemError(cause)}.`,
      { cause },
    );
  });
  const foldersOf = ({ allowedFolders = [] }: LiveDaemonOptions) => [downloadDir, ...allowedFolders];
  const folders = new AllowedFolders(foldersOf(options));
  const line = options.line && (await Line.open(options.line.device, options.line.nameServers));
  const lock = await lockFolder(stateFolder);
  const freeSpace = new FreeSpace();
  const { proxy } = options;
  const host = nodeHost({ line, proxy });
  const listen = options.session?.listen ?? SESSION_DEFAULTS.listen;
  const http = proxy === undefined ? boundHttp(host.http, listen) : host.http;
  const session = new Session(
    {
      client: `Swarmline ${version}`,
      ...options.session,
      ipFilter: options.ipFilter,
      stateFolder: join(stateFolder, 'torrents'),
    },
    host,
  );
  const defaults = session.limits;
  const closers: (() => Promise<unknown>)[] = [
    () => lock.release(),
    () => host.disk.close(),
    () => session.close(),
  ];
  const close = async () => {
    for (const end of closers.splice(0).reverse()) await end();
  };
  let onComplete: OnComplete | undefined;
  let transmission: TransmissionFace | undefined;
  try {
    const daemon = await Daemon.open({
      session,
      clock: host.clock,
      stateFiles: host.stateFiles!,
      stateFolder,
      hash: host.hash,
      localTime,
      ...(alternative && { alternative }),
      downloadDir,
      admitFolder: path => folders.admit(path),
      freeSpace: folder => freeSpace.of(folder),
      incompleteDir: options.incompleteDir,
      isThere: async (folder, name) => existsSync(join(folder, name)),
      onSettled: torrent => onComplete?.completed(torrent),
      fetchTorrent: async url => {
        const { status, body } = await http.get({ url, timeoutMs: 30_000, maxBytes: 64 * 1024 * 1024 });
        if (status === 200) return body;
        throw new SwarmlineError(
          'HTTP_STATUS',
          `${url} answered with HTTP status ${status}, not with a torrent.`,
          { where: url },
        );
      },
      makeTorrent,
      version,
      onWarning,
    });
    const changes = new ChangeFeed(daemon.library, host.clock);
    const counts = new DaemonCounts(daemon.library);
    const rates = new RateHistory(daemon.library, host.clock);
    closers.push(
      async () => changes.close(),
      async () => counts.close(),
      async () => rates.close(),
      () => daemon.close(),
    );
    onComplete = new OnComplete({
      library: daemon.library,
      program: () => (transmission === undefined ? live.onComplete : transmission.completionProgram()),
    });
    let isReady = () => {};
    const ready = new Promise<void>(resolve => {
      isReady = resolve;
    });
    // Before any torrent is touched: where a daemon is running already, this is where it turns out.
    const served: DaemonHttp = await serveDaemon({
      ...rpc,
      access: () => ({ allowedHosts: live.allowedHosts ?? [], token: live.token }),
      faces: [
        rpcFace({ daemon, changes, rates }),
        // Made when all torrents are there, which requests wait for: it counts those that come.
        { owns: isTransmissionPath, answer: asked => transmission!.answer(asked) },
        streamFace(daemon.library, () => live.token),
        davFace(daemon.library, daemon.startedAt),
        opsFace({
          daemon,
          counts,
          stateFolder,
          answers: () => served.answers,
          hasOpenMetrics: () => live.openMetrics ?? false,
        }),
        pageFace({ token: () => live.token }),
      ],
      ready,
      onBug: onWarning,
    });
    closers.push(() => served.close());
    for (const fault of (await session.restore()).faults) onWarning(fault);
    daemon.restored();
    const face = await transmissionFace({
      daemon,
      changes,
      rates,
      programs: { configured: () => live.onComplete, allowed: () => live.allowedPrograms ?? [] },
      facts: sessionConstants(options.session ?? {}),
      close: options.onCloseAsked,
    });
    closers.push(() => face.close());
    transmission = face;
    await session.listen();
    isReady();
    const watched = new WatchedFolders({ daemon, changes, rates }, onWarning);
    watched.set(options);
    closers.push(() => watched.close());
    return {
      daemon,
      address: served.address,
      close,
      configure: (next, limits) => {
        checkToken(rpc.host, next.token);
        daemon.configure({
          limits: { ...defaults, ...limits },
          alternative: { ...NO_ALTERNATIVE, ...next.alternative },
        });
        session.setIpFilter(next.ipFilter);
        folders.set(foldersOf(next));
        daemon.incomplete.folder = next.incompleteDir;
        watched.set(next);
        live = next;
      },
    };
  } catch (error) {
    await close();
    throw error;
  }
}

function sessionConstants(options: SessionOptions): SessionConstants {
  const { encryption, transports, listen, slowAfterMs } = { ...SESSION_DEFAULTS, ...options };
  const engine = wholeOptions(options.engine);
  return {
    encryption,
    transports,
    isPortRandom: listen === false || listen.port === 0,
    maxPeersPerTorrent: engine.maxPeers,
    maxPeerRequests: engine.maxPeerRequests,
    slowAfterMs,
  };
}

const makeTorrent: MakeTorrent = (path, options, { signal, onPlanned, onProgress }) =>
  withNodeDeps({}, async ({ files, hasher }) => {
    const plan = await planTorrent([path], options, files, signal);
    onPlanned(plan.dataLength);
    return (await hashTorrent(plan, options, hasher, { signal, onProgress })).bytes;
  });

function localTime(): { day: number; minute: number } {
  const now = new Date();
  return { day: now.getDay(), minute: now.getHours() * 60 + now.getMinutes() };
}
