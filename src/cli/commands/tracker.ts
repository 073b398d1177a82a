// `swarmline tracker`: runs a tracker until Ctrl-C or SIGTERM, which let the answers under way finish. SIGHUP reads the config
// file and all lists anew; what is wrong there is said, and the tracker goes on as it was. With `drain`, SIGTERM makes it say that
// it is not ready for a while before it stops.

import { type Command, InvalidArgumentError } from 'commander';
import { fromHex } from '../../core/bytes/hex.ts';
import { SwarmlineError } from '../../core/errors.ts';
import { type StartTrackerOptions, startTracker } from '../../tracker.ts';
import { interruptible } from '../interrupt.ts';
import { addExamples, newCommand } from '../new-command.ts';
import * as values from '../option-values.ts';
import { Log, type LogForm, type LogLevel } from '../output/log.ts';
import { ownAddress } from '../own-address.ts';
import type { Terminal } from '../terminal.ts';
import type { DnsFlags } from '../tracker-dns.ts';
import type { DoctorFlags } from '../tracker-doctor.ts';
import { addTrackerOptions, optionsOfFlags, readTrackerConfig } from '../tracker-options.ts';

interface Flags extends Readonly<Record<string, unknown>> {
  readonly config?: string;
  readonly udp: boolean;
  readonly log?: LogForm;
  readonly logLevel?: LogLevel;
}

export function command(terminal: Terminal): Command {
  const tracker = newCommand(
    terminal,
    'tracker',
    'Run a tracker: peers of a torrent find each other by it, over UDP, HTTP and WebSocket.',
  )
    .option('--no-udp', 'do not answer over UDP')
    .option('--log <form>', 'lines of the log as text or json (default: text)', values.oneOf('text', 'json'))
    .option(
      '--log-level <level>',
      'error, warn or info (default: info)',
      values.oneOf('error', 'warn', 'info'),
    )
    .option('--config <file>', 'a TOML file with these options by their long names; read again on SIGHUP');
  addTrackerOptions(tracker)
    .enablePositionalOptions()
    .action((flags: Flags) => run(flags, terminal))
    .addCommand(probeCommand(terminal).name('probe'))
    .addCommand(dnsCommand(terminal).name('dns'))
    .addCommand(doctorCommand(terminal).name('doctor'));
  return addExamples(tracker, terminal, [
    ['swarmline tracker', 'an open tracker on port 6969, until Ctrl-C'],
    [
      'swarmline tracker --torrents /srv/torrents',
      'serves the torrents in a folder, and the files themselves',
    ],
    ['swarmline tracker --mode private --keys keys.toml', 'whoever has a key: http://HOST:6969/KEY/announce'],
    ['swarmline tracker --config tracker.toml', 'everything in a file: port = 6969, interval = "30m", …'],
    ['swarmline tracker probe udp://tracker.example:6969', 'does that tracker work?'],
    ['swarmline tracker doctor', 'what on this machine would break a tracker, and what to set'],
    ['swarmline tracker dns tracker.example', 'the TXT record, and whether it is there'],
  ]);
}

function probeCommand(terminal: Terminal): Command {
  return newCommand(terminal, 'probe', 'Ask a tracker as clients do, and say what it does well and what not.')
    .argument('<url>', 'http://HOST:PORT/announce, https://…, udp://HOST:PORT, ws://HOST:PORT or wss://…')
    .option('--info-hash <hex>', 'a torrent that it serves (default: one that is made up)', infoHash)
    .option('--json', 'one JSON object a line')
    .action(async (url: string, flags: { infoHash?: Uint8Array; json?: boolean }) => {
      const { runTrackerProbe } = await import('../tracker-probe.ts');
      await runTrackerProbe(url, flags, terminal);
    });
}

function dnsCommand(terminal: Terminal): Command {
  return newCommand(
    terminal,
    'dns',
    'Print the DNS record that says where a tracker is (BEP 34), and check it.',
  )
    .argument('<host>', 'the name in the tracker’s URL')
    .option('--port <port>', 'of HTTP, and of UDP unless that is another', values.portNumber, USUAL_PORT)
    .option('--udp-port <port>', 'of UDP; 0 where it is not spoken', values.portNumber)
    .option('--none', 'say that there is no tracker at this host')
    .option('--no-check', 'look nothing up')
    .option('--resolver <address>', 'ask this name server: 192.0.2.53 or 192.0.2.53:5353')
    .action(async (host: string, flags: DnsFlags) => {
      const { runTrackerDns } = await import('../tracker-dns.ts');
      await runTrackerDns(host, flags, terminal);
    });
}

function doctorCommand(terminal: Terminal): Command {
  return newCommand(
    terminal,
    'doctor',
    'Check this machine for what has broken trackers, and say what to set. Nothing is changed.',
  )
    .option('--host <address>', 'the address that the tracker listens at (default: all)', values.ipAddress)
    .option('--port <port>', 'of the tracker', values.portNumber, USUAL_PORT)
    .option('--connections <count>', 'of HTTP and WebSocket that it takes', values.positiveCount, 20_000)
    .option('--json', 'one JSON object a line')
    .action(async (flags: DoctorFlags) => {
      const { runTrackerDoctor } = await import('../tracker-doctor.ts');
      await runTrackerDoctor(flags, terminal);
    });
}

function infoHash(text: string): Uint8Array {
  const bytes = text.length === 40 ? fromHex(text) : undefined;
  if (bytes === undefined) throw new InvalidArgumentError('It should be 40 hexadecimal digits.');
  return bytes;
}

async function run(flags: Flags, terminal: Terminal): Promise<void> {
  const { log: form = 'text', logLevel: level = 'info' } = flags;
  const log = new Log(terminal.err, { form, level });
  const { SWARMLINE_TRACKER_SECRET: secret } = process.env;
  const read = async (): Promise<StartTrackerOptions> => ({
    port: USUAL_PORT,
    warned: sentence => log.line('warn', 'warning', sentence),
    noted: sentence => log.line('info', 'api', sentence),
    reread: read,
    // On a command line everybody would see it.
    ...(secret !== undefined && secret !== '' && { secret }),
    ...(flags.config === undefined ? {} : await readTrackerConfig(flags.config)),
    ...optionsOfFlags(flags),
    ...(flags.udp === false && { udp: false }),
  });
  const job = async (signal: AbortSignal) => {
    // Whoever asks for a reload while it starts is to have it then: without this he would end it.
    let isReloadWished = false;
    let reload = async () => {
      isReloadWished = true;
    };
    const onHangUp = () => void reload();
    process.on('SIGHUP', onHangUp);
    const started = await start(read).catch(error => {
      process.off('SIGHUP', onHangUp);
      throw error;
    });
    const { tracker } = started;
    let { options } = started;
    reload = async () => {
      try {
        options = await read();
        await tracker.reload(options);
        log.line('info', 'reloaded', 'Everything is read anew.');
      } catch (error) {
        if (!(error instanceof SwarmlineError)) throw error;
        const { code, message } = error;
        log.line('warn', 'not_reloaded', `${message} The tracker goes on as it was.`, { code });
      }
    };
    try {
      const urls = tracker.urls(options.host ?? ownAddress());
      const key = options.mode === 'private' ? '/KEY' : '';
      for (const url of urls) await terminal.out.line(url.replace(/\/announce$/, `${key}/announce`));
      const { address, workers } = tracker;
      const by = workers === 1 ? '' : `, by ${workers} threads`;
      const sentence = `The tracker listens on port ${address.port}${by}.`;
      log.line('info', 'listening', sentence, { ...address, workers, urls });
      if (isReloadWished) await reload();
      await aborted(signal);
      const { drainSeconds = 0 } = options;
      tracker.drain();
      log.line('info', 'draining', `The tracker stops${drainSeconds > 0 ? ` in ${drainSeconds} s` : ''}.`);
      if (drainSeconds > 0) await new Promise(resolve => setTimeout(resolve, drainSeconds * 1_000));
    } finally {
      process.off('SIGHUP', onHangUp);
      await tracker.close();
      log.line('info', 'stopped', 'The tracker has stopped.');
    }
  };
  await interruptible(job).catch(error => {
    if (form === 'text' || !(error instanceof SwarmlineError)) throw error;
    log.line('error', 'failed', error.message, { code: error.code });
    terminal.exitStatus = 1;
  });
}

async function start(read: () => Promise<StartTrackerOptions>) {
  const options = await read();
  return { options, tracker: await startTracker(options) };
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise(resolve => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
}

// The usual port of trackers.
const USUAL_PORT = 6969;
