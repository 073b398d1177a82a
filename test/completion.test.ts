// Completion in real shells, and man pages by a real formatter. What is not installed is said and not run; with
// SWARMLINE_REQUIRE_PEERS=1 that is a failure.

import { type SpawnSyncReturns, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, it } from 'vitest';
import { allCommands, type CommandFacts } from '../src/cli/command-facts.ts';
import { everyCommand } from '../src/cli/completion/every-command.ts';
import { manPages } from '../src/cli/man-page.ts';
import { folderWith, swarmline } from './command-line.ts';
import { runDaemon } from './daemon-program.ts';

const PROGRAM = fileURLToPath(new URL('../bin/swarmline.js', import.meta.url));
let commands: CommandFacts[];
beforeAll(async () => {
  commands = await allCommands();
});

function hasProgram(name: string): boolean {
  const ran: SpawnSyncReturns<Buffer> = spawnSync(name, ['--version']);
  if (ran.error === undefined) return true;
  if (process.env['SWARMLINE_REQUIRE_PEERS'] === '1') throw new Error(`${name} is not installed.`);
  console.warn(`${name} is not installed: it is not tested.`);
  return false;
}

/** `swarmline` on the path of a shell. */
function programFolder(): string {
  const files = folderWith({ swarmline: `#!/bin/sh\nexec '${process.execPath}' '${PROGRAM}' "$@"\n` });
  chmodSync(files('swarmline'), 0o755);
  return files('.');
}

async function shell(name: string, args: string[], env: Record<string, string> = {}): Promise<string> {
  const path = `${programFolder()}:${process.env['PATH']}`;
  const child = spawn(name, args, { env: { ...process.env, PATH: path, ...env } });
  let out = '';
  child.stdout.setEncoding('utf8').on('data', text => {
    out += text;
  });
  await once(child, 'close');
  return out;
}

describe.skipIf(!hasProgram('bash'))('completion of bash', () => {
  async function completed(words: string[], env?: Record<string, string>): Promise<string[]> {
    const script = folderWith({ s: (await swarmline(['completion', 'bash'])).out })('s');
    const list = ['swarmline', ...words].map(word => `'${word}'`).join(' ');
    const code = `source ${script}; COMP_WORDS=(${list}); COMP_CWORD=${words.length}; _swarmline; printf '%s\\n' "\${COMPREPLY[@]}"`;
    const out = await shell('bash', ['--norc', '-c', code], env);
    return out.split('\n').filter(line => line !== '');
  }

  it('has commands, subcommands, options and the words that they take', async () => {
    expect(await completed(['cre'])).toEqual(['create']);
    expect(await completed(['ctl', 're'])).toEqual(['reach', 'remove', 'recheck', 'reannounce', 'rename']);
    expect(await completed(['create', '--vers'])).toEqual(['--version']);
    expect(await completed(['create', '--version', ''])).toEqual(['v1', 'v2', 'hybrid']);
    expect(await completed(['ctl', 'list', '--state', 'see'])).toEqual(['seeding']);
    expect(await completed(['daemon', '--encryption', 're'])).toEqual(['require']);
    expect(await completed(['completion', ''])).toEqual(['bash', 'zsh', 'fish']);
    expect(await completed(['ctl', 'set', 'x', '--label', ''])).toEqual([]);
  });

  it('has files and folders', async () => {
    const files = folderWith({ 'one.torrent': '' });
    expect(await completed(['show', files('on')])).toEqual([files('one.torrent')]);
    expect(await completed(['daemon', '--incomplete-dir', files('.').slice(0, -2)])).toHaveLength(1);
  });

  it('has the names of a daemon’s torrents, and none where there is no daemon', async () => {
    const daemon = await runDaemon();
    for (const [i, name] of ['one film', 'other'].entries())
      await daemon.ask('torrents.add', {
        magnet: `magnet:?xt=urn:btih:${`${i}`.repeat(40)}&dn=${encodeURIComponent(name)}`,
        isPaused: true,
      });
    const env = { SWARMLINE_RPC_URL: daemon.url };
    expect(await completed(['ctl', 'show', 'o'], env)).toEqual(['one\\ film', 'other']);
    expect(await completed(['ctl', 'stop', 'other', 'on'], env)).toEqual(['one\\ film']);
    await daemon.close();
    expect(await completed(['ctl', 'show', ''], env)).toEqual([]);
  });
});

describe.skipIf(!hasProgram('fish'))('completion of fish', () => {
  it('has commands, subcommands, options and the words that they take', async () => {
    const script = folderWith({ s: (await swarmline(['completion', 'fish'])).out })('s');
    const home = folderWith()('.');
    const completed = async (line: string) => {
      const out = await shell('fish', ['--no-config', '-c', `source ${script}; complete -C '${line}'`], {
        HOME: home,
      });
      return out
        .split('\n')
        .map(each => each.split('\t')[0]!)
        .filter(each => each !== '');
    };
    expect(await completed('swarmline cre')).toEqual(['create']);
    expect(await completed('swarmline ctl reann')).toEqual(['reannounce']);
    expect((await completed('swarmline create --version ')).sort()).toEqual(['hybrid', 'v1', 'v2']);
    expect(await completed('swarmline ctl list --desc')).toEqual(['--descending']);
    expect(await completed('swarmline list --desc')).toEqual([]);
  });
});

describe.skipIf(!hasProgram('zsh'))('completion of zsh', () => {
  it('is read, and offers commands and the words that options take', { timeout: 120_000 }, async () => {
    const script = folderWith({ s: (await swarmline(['completion', 'zsh'])).out })('s');
    expect(spawnSync('zsh', ['-f', '-n', script]).status).toBe(0);
    // A terminal of its own, in which a Tab is pressed.
    const typed = async (line: string, ended: string) => {
      const code = `
        zmodload zsh/zpty
        zmodload zsh/zselect
        said() {
          local part
          for i in {1..1000}; do
            zpty -r -t z part && out+=$part
            [[ $out == *$~1* ]] && return
            zselect -t 2
          done
        }
        zpty -b z zsh -f -i
        out=
        zpty -w z "PS1='PROMPT>'; setopt no_beep; autoload -U compinit; compinit -u -D; source ${script}; echo REA''DY"
        said 'READY*PROMPT>'
        out=
        zpty -w -n z $'${line}\t'
        said ' '${JSON.stringify(ended)}
        print -r -- "$out"
        zpty -d z`;
      return shell('zsh', ['-f', '-c', code], { TERM: 'dumb' });
    };
    expect(await typed('swarmline crea', 'create')).toContain('swarmline create');
    expect(await typed('swarmline ctl reann', 'reannounce')).toContain('swarmline ctl reannounce');
    expect(await typed('swarmline ctl list --state see', 'seeding')).toContain('--state seeding');
  });
});

describe('man pages', () => {
  it('name every command, subcommand and option', () => {
    const pages = manPages(commands, '0.0.0');
    const text = pages.map(page => page.text.replaceAll('\\-', '-')).join('\n');
    for (const { path, options } of everyCommand(commands)) {
      expect(text).toContain(`swarmline ${path.join(' ')}`);
      for (const { long } of options) expect(text).toContain(long);
    }
    expect(pages.map(({ name }) => name)).toContain('swarmline-ctl.1');
  });

  it.skipIf(!hasProgram('groff'))('are understood by groff without a warning', () => {
    const pages = manPages(commands, '0.0.0');
    const files = folderWith();
    for (const { name, text } of pages) writeFileSync(files(name), text);
    const ran = spawnSync('groff', [
      ...['-man', '-ww', '-Kutf8', '-Tutf8', '-rF0'],
      ...pages.map(({ name }) => files(name)),
    ]);
    expect(`${ran.stderr}`).toBe('');
    expect(ran.status).toBe(0);
  });

  it('are installed by the package', () => {
    const { directories, files } = JSON.parse(readFileSync('package.json', 'utf8'));
    expect(directories.man).toBe('man');
    expect(files).toContain('man');
  });
});
