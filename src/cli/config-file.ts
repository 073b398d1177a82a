// The config file (TOML): named presets of options, and in `[daemon]` what daemon-config reads. It is where the system keeps
// such files, or where one is told.
//
//   [presets.release]
//   tracker = ["https://tracker.example/announce"]
//   private = true
//
// A preset's entries are the long options of the command, so a preset is turned into words of a command line, and the
// command judges them as if they had been typed.

import { readFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { SwarmlineError } from '../core/errors.ts';
import { describeSystemError } from '../io/file-fault.ts';

/** Where the config file is looked for when no one says. */
export function defaultConfigPath(env: NodeJS.ProcessEnv = process.env): string {
  if (env['SWARMLINE_CONFIG']) return env['SWARMLINE_CONFIG'];
  const folder =
    process.platform === 'win32'
      ? (env['APPDATA'] ?? join(homedir(), 'AppData', 'Roaming'))
      : (env['XDG_CONFIG_HOME'] ?? join(homedir(), '.config'));
  return join(folder, 'swarmline', 'config.toml');
}

/**
 * The words of a command line that a preset stands for.
 * @throws SwarmlineError `CONFIG_UNREADABLE`, `CONFIG_INVALID`, `PRESET_UNKNOWN`
 */
export async function readPreset(name: string, path = defaultConfigPath()): Promise<string[]> {
  const presets = (await readConfig(path))['presets'];
  if (!isTable(presets) || !Object.hasOwn(presets, name)) {
    const known = isTable(presets) ? Object.keys(presets) : [];
    const hint = known.length === 0 ? 'it has none' : `it has ${known.join(', ')}`;
    throw new SwarmlineError('PRESET_UNKNOWN', `There is no preset "${name}" in "${path}": ${hint}.`, {
      where: path,
    });
  }
  const preset = presets[name];
  if (!isTable(preset)) throw configInvalid(path, `"presets.${name}" should be a table of options`);
  return Object.entries(preset).flatMap(([option, value]) => wordsOf(option, value, path));
}

/** The whole file. @throws SwarmlineError `CONFIG_UNREADABLE`, `CONFIG_INVALID` */
export async function readConfig(path: string): Promise<Record<string, unknown>> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    throw new SwarmlineError(
      'CONFIG_UNREADABLE',
      `The config file "${path}" cannot be read: ${describeSystemError(error)}.`,
      {
        where: path,
        cause: error,
      },
    );
  }
  const { parse } = await import('smol-toml');
  try {
    return parse(text);
  } catch (error) {
    const { message, line } = error as Error & { line?: number };
    const where = line === undefined ? '' : `line ${line}: `;
    throw configInvalid(path, `${where}${message.split('\n')[0]!.replace(/^Invalid TOML document: /, '')}`);
  }
}

function wordsOf(option: string, value: unknown, path: string): string[] {
  // A list in a list is a tier of trackers, as commas are on the command line.
  if (Array.isArray(value))
    return value.flatMap(item => wordsOf(option, Array.isArray(item) ? item.join(',') : item, path));
  if (value === true) return [`--${option}`];
  if (value === false) return [`--no-${option}`];
  if (typeof value === 'string' || typeof value === 'number' || typeof value === 'bigint')
    return [`--${option}=${value}`];
  if (value instanceof Date) return [`--${option}=${value.toISOString()}`];
  throw configInvalid(path, `"${option}" should be a text, a number, true, false or a list of these`);
}

export function isTable(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** `fault` is the end of a sentence, with its stop only where that is a question mark. */
export function configInvalid(path: string, fault: string): SwarmlineError {
  const stop = fault.endsWith('?') ? '' : '.';
  return new SwarmlineError('CONFIG_INVALID', `The config file "${path}" is not valid: ${fault}${stop}`, {
    where: path,
  });
}
