// `swarmline daemon`: many torrents in one program that stays up, told what to do over HTTP, until Ctrl-C or SIGTERM. SIGHUP reads
// the configuration anew; what is wrong there is said, and the daemon goes on as it was.

import { createServer } from 'node:net';
import type { Command } from 'commander';
import { SwarmlineError } from '../../core/errors.ts';
import type { IpFilter } from '../../core/ip-filter/ranges.ts';
import type { Library, LibraryTorrent } from '../../daemon/library.ts';
import { readToken } from '../../io/token-file.ts';
import { isLoopback } from '../../node-daemon/http.ts';
import { type RunningDaemon, startDaemon } from '../../node-daemon/start.ts';
import type { Session } from '../../session/session.ts';
import { type ResolvedConfig, resolveDaemonConfig } from '../daemon-config.ts';
import { addDaemonOptions, DAEMON_OPTIONS, type DaemonConfig } from '../daemon-options.ts';
import { liveOptions, sessionLimits, startOptions } from '../daemon-settings.ts';
import { interruptible } from '../interrupt.ts';
import { readIpFilter } from '../ip-filter-file.ts';
import { addExamples, newCommand } from '../new-command.ts';
import { formatPlural } from '../output/figures.ts';
import { type LineLog, openLog } from '../output/open-log.ts';
import { portForwardFields, portForwardLine } from '../output/port-forward-line.ts';
import { proxySentence, tellProxy } from '../output/proxy-line.ts';
import { programVersion } from '../program-name.ts';
import type { Terminal } from '../terminal.ts';
import { ownTokenOrNew } from '../token-file.ts';

interface Flags {
  readonly config?: string;
}

export function command(terminal: Terminal): Command {
  const daemon = addDaemonOptions(
    newCommand(terminal, 'daemon', 'Run many torrents in one program, told what to do over HTTP.'),
  )
    .option(
      '--config <file>',
      'a TOML file with these options by their long names in [daemon]; read again on SIGHUP',
    )
    .action((flags: Flags) => run(flags, terminal));
  return addExamples(daemon, terminal, [
    ['swarmline daemon', 'answers on this machine alone, port 9797'],
    ['swarmline daemon --rpc-host 0.0.0.0', 'from anywhere, to who knows the token that it makes'],
    ['swarmline daemon --watch ~/Torrents=home', 'adds what is put into a folder'],
    ['SWARMLINE_DAEMON_LIMIT_UP=2M swarmline daemon', 'every option is an environment variable, too'],
    ['swarmline config show', 'what holds, and where each value comes from'],
    ['swarmline ctl list', 'from another terminal: what it does'],
  ]);
}

async function run(flags: Flags, terminal: Terminal): Promise<void> {
  const read = () => resolveDaemonConfig({ flags, path: flags.config });
  let resolved = await read();
  const { log: form, logLevel: level } = resolved.config;
  const log = await openLog(terminal.err, { form, level });
  const job = async (signal: AbortSignal) => {
    const asked = new AbortController();
    const daemon = await started(resolved, log, () => asked.abort());
    daemon.daemon.session.on('port-forward', status => {
      const line = portForwardLine(status);
      if (line !== undefined) log.line('info', 'port-forward', sentence(line), portForwardFields(status));
    });
    logProxy(daemon.daemon.session, log);
    const untold = logTorrents(daemon.daemon.library, log);
    const reload = async () => {
      try {
        const next = await read();
        const { config } = next;
        daemon.configure(
          {
            ...liveOptions(config),
            token: await tokenOf(config, log),
            ipFilter: await ipFilterOf(config, log),
          },
          sessionLimits(config),
        );
        for (const name of lateNames(resolved.config, config))
          log.line('warn', 'later', `What is new of "${name}" holds when the daemon is started again.`, {
            name,
          });
        resolved = next;
        log.level = config.logLevel;
        log.line('info', 'reloaded', 'The configuration is read anew.');
      } catch (error) {
        if (!(error instanceof Error)) throw error;
        const code = error instanceof SwarmlineError ? error.code : 'INTERNAL';
        log.line('warn', 'not_reloaded', `${error.message} The daemon goes on as it was.`, { code });
      }
    };
    let reloading = Promise.resolve();
    const onHangUp = () => {
      reloading = reloading.then(reload);
    };
    process.on('SIGHUP', onHangUp);
    try {
      const { host, port } = daemon.address;
      await terminal.out.line(`http://${host.includes(':') ? `[${host}]` : host}:${port}/`);
      log.line('info', 'listening', `The daemon answers on port ${port} of ${host}.`, { host, port });
      await new Promise<void>(resolve => {
        const ended = AbortSignal.any([signal, asked.signal]);
        if (ended.aborted) resolve();
        ended.addEventListener('abort', () => resolve());
      });
      log.line('info', 'stopping', 'The daemon stops.');
    } finally {
      process.off('SIGHUP', onHangUp);
      untold();
      await daemon.close();
      log.line('info', 'stopped', 'The daemon has stopped.');
    }
  };
  await interruptible(job).catch(error => {
    if (resolved.config.log === 'text' || !(error instanceof SwarmlineError)) throw error;
    log.line('error', 'failed', error.message, { code: error.code });
    terminal.exitStatus = 1;
  });
}

async function started(
  { config, file, sources }: ResolvedConfig,
  log: LineLog,
  onCloseAsked: () => void,
): Promise<RunningDaemon> {
  if (file !== undefined) log.line('info', 'configured', `The configuration is in "${file}".`, { file });
  const token = await tokenOf(config, log);
  const isSaid = sources.get('port') !== 'default';
  // A usual port is one that a router may have been opened for; where it is taken, any will do.
  const isUsed = isSaid || config.proxy !== undefined || (await isFree(config.bind, config.port));
  const port = isUsed ? config.port : 0;
  return startDaemon({
    ...startOptions({ ...config, port }),
    ...liveOptions(config),
    token,
    ipFilter: await ipFilterOf(config, log),
    version: programVersion(),
    onCloseAsked,
    onWarning: error => {
      const code = error instanceof SwarmlineError ? { code: error.code } : { stack: (error as Error).stack };
      log.line('warn', 'warning', error instanceof Error ? error.message : String(error), code);
    },
  });
}

/** Read anew each time. @throws SwarmlineError `IP_FILTER_INVALID` */
async function ipFilterOf({ ipFilter: file }: DaemonConfig, log: LineLog): Promise<IpFilter | undefined> {
  if (file === undefined) return undefined;
  const filter = await readIpFilter(file);
  const ranges = filter.count;
  log.line('info', 'ip-filter', `The IP filter "${file}" has ${formatPlural(ranges, 'range')}.`, {
    file,
    ranges,
  });
  return filter;
}

/** Through which proxy all goes, and each time that it relays UDP, or does not any more. */
function logProxy(session: Session, log: LineLog): void {
  if (session.proxy === undefined) return;
  const { url } = session.proxy;
  log.line('info', 'proxy', `Everything goes through the proxy ${url}; nobody can dial this daemon.`, {
    url,
  });
  tellProxy(session, fields => {
    const trouble = proxySentence(session.proxy!);
    if (trouble !== undefined) log.line('warn', 'proxy', trouble, fields);
    else if (fields['udp'] === 'on') log.line('info', 'proxy', 'The proxy relays UDP.', fields);
  });
}

/** Of the file that is named; beyond this machine the daemon's own, where none is. */
async function tokenOf(
  { tokenFile, rpcHost, stateFolder }: DaemonConfig,
  log: LineLog,
): Promise<string | undefined> {
  if (tokenFile !== undefined) return readToken(tokenFile);
  if (isLoopback(rpcHost)) return undefined;
  const { token, path, isNew } = await ownTokenOrNew(stateFolder);
  if (isNew) log.line('info', 'token', `The token that clients must know is in "${path}".`, { file: path });
  return token;
}

/**
 * What happens to torrents. Those that were there already are not told: there may be many. Returns what ends the lines of
 * those that are removed: at the end all are closed.
 */
function logTorrents(library: Library, log: LineLog): () => void {
  const facts = ({ id, torrent }: LibraryTorrent) => ({ id, name: torrent.name ?? id });
  const name = (entry: LibraryTorrent) => `"${facts(entry).name}"`;
  library.on('added', entry => log.line('info', 'added', `${name(entry)} was added.`, facts(entry)));
  library.on('completed', entry =>
    log.line('info', 'completed', `All of ${name(entry)} is there.`, facts(entry)),
  );
  library.on('logged', ({ torrent: entry, line }) => {
    const level = line.level === 'error' ? 'warn' : 'debug';
    log.line(level, 'torrent', `${name(entry)}: ${line.text}`, facts(entry));
  });
  return library.on('removed', entry =>
    log.line('info', 'removed', `${name(entry)} was removed.`, facts(entry)),
  );
}

function sentence(line: string): string {
  return `${line[0]!.toUpperCase()}${line.slice(1)}${line.endsWith('.') ? '' : '.'}`;
}

function isFree(host: string, port: number): Promise<boolean> {
  return new Promise(resolve => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen({ host, port }, () => server.close(() => resolve(true)));
  });
}

/** Options that are others now and cannot be while it runs. */
function lateNames(before: DaemonConfig, now: DaemonConfig): string[] {
  return DAEMON_OPTIONS.filter(
    ({ key, isLive }) => !isLive && JSON.stringify(before[key]) !== JSON.stringify(now[key]),
  ).map(({ name }) => name);
}
