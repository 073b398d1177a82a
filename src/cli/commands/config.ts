// `swarmline config show`: what a daemon of this user would be, and where each value comes from.

import type { Command } from 'commander';
import { type ProxyOptions, shownProxyUrl } from '../../io/proxy-url.ts';
import type { WatchedFolder } from '../../node-daemon/watch-folder.ts';
import { defaultConfigPath } from '../config-file.ts';
import { type ResolvedConfig, resolveDaemonConfig } from '../daemon-config.ts';
import { addDaemonOptions, DAEMON_OPTIONS, type DaemonConfig, environmentName } from '../daemon-options.ts';
import { addExamples, newCommand } from '../new-command.ts';
import { newGroup } from '../new-group.ts';
import { displayText } from '../output/display-text.ts';
import { drawTable } from '../output/table.ts';
import type { Terminal } from '../terminal.ts';
import { formatWeekPlan } from '../week-plan.ts';

interface ShowFlags {
  readonly config?: string;
  readonly json?: boolean;
  readonly set?: boolean;
}

export function command(terminal: Terminal): Command {
  const config = newGroup(
    terminal,
    'config',
    'The configuration of the daemon: flags, environment, file, defaults.',
  );
  config.addCommand(
    addDaemonOptions(
      newCommand(
        terminal,
        'show',
        'What holds, and where each value comes from; with the flags that the daemon is given, of them too.',
      )
        .name('show')
        .option('--config <file>', 'the config file')
        .option('--set', 'only what is not as by default')
        .option('--json', 'print JSON for a program'),
    ).action((flags: ShowFlags) => show(flags, terminal)),
  );
  config.addCommand(
    newCommand(terminal, 'path', 'Where the config file is, or would be.')
      .name('path')
      .action(() => terminal.out.line(defaultConfigPath())),
  );
  return addExamples(config, terminal, [
    ['swarmline config show', 'each option, its value, and who says so'],
    [
      'swarmline config show --set --limit-up 2M',
      'what is not as by default, if the daemon were given this flag',
    ],
    ['swarmline config show --json | jq .options', 'the same for a program'],
  ]);
}

async function show(flags: ShowFlags, { out }: Terminal): Promise<void> {
  const { config: path, json, set } = flags;
  const resolved = await resolveDaemonConfig({ flags, path });
  const options = DAEMON_OPTIONS.filter(
    ({ name }) => set !== true || resolved.sources.get(name) !== 'default',
  );
  if (json === true) {
    const shown = options.map(option => ({
      name: option.name,
      value: jsonValue(resolved.config, option.key),
      source: resolved.sources.get(option.name),
      where: whereOf(option, resolved) ?? null,
    }));
    await out.line(JSON.stringify({ file: resolved.file ?? null, options: shown }, null, 2));
    return;
  }
  const rows = options.map(option => [
    option.name,
    displayText(shownValue(option.name, resolved.config[option.key])),
    displayText(whereOf(option, resolved) ?? 'default'),
  ]);
  const lines = drawTable([{ title: 'Option' }, { title: 'Value' }, { title: 'From' }], rows, {
    paint: out.paint,
  });
  const file = resolved.file === undefined ? `no file at ${defaultConfigPath()}` : resolved.file;
  await out.line([...lines, '', displayText(`Config file: ${file}`)].join('\n'));
}

function whereOf(
  option: (typeof DAEMON_OPTIONS)[number],
  { sources, file }: ResolvedConfig,
): string | undefined {
  const source = sources.get(option.name);
  if (source === 'environment') return environmentName(option);
  if (source === 'flag') return `--${option.name}`;
  return source === 'file' ? file : undefined;
}

function jsonValue(config: DaemonConfig, key: keyof DaemonConfig): unknown {
  if (key === 'proxy') return config.proxy === undefined ? null : shownProxyUrl(config.proxy);
  return config[key] === Number.POSITIVE_INFINITY ? null : (config[key] ?? null);
}

function shownValue(name: string, value: unknown): string {
  if (value === undefined) return '—';
  if (value === Number.POSITIVE_INFINITY) return 'none';
  if (name === 'alternative-schedule' && typeof value === 'object')
    return formatWeekPlan(value as Parameters<typeof formatWeekPlan>[0]);
  if (name === 'proxy') return shownProxyUrl(value as ProxyOptions);
  if (name === 'watch')
    return (value as readonly WatchedFolder[])
      .map(({ folder, label }) => (label === undefined ? folder : `${folder}=${label}`))
      .join(', ');
  if (name === 'seed-time' || name === 'seed-idle') return `${(value as number) / 1000}s`;
  return Array.isArray(value) ? value.join(', ') : String(value);
}
