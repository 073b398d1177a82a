// Every command with its one line of help, so that `swarmline --help` loads none of them. The modules are loaded one at a
// time: the start of a command is felt each time it is typed.

import type { Command } from 'commander';
import type { Terminal } from './terminal.ts';

/** What a file in `commands/` exports. */
export interface CommandModule {
  command(terminal: Terminal): Command;
}

export interface CommandEntry {
  readonly name: string;
  /** What it is given, as `--help` shows it. */
  readonly takes: string;
  readonly summary: string;
  load(): Promise<CommandModule>;
}

// biome-ignore format: a table
export const COMMANDS: readonly CommandEntry[] = [
  { name: 'create', takes: 'PATH…',       summary: 'make a torrent of a file, a folder, or several of them', load: () => import('./commands/create.ts') },
  { name: 'share',  takes: 'PATH…',       summary: 'share a file or a folder: torrent, tracker and first seed in one', load: () => import('./commands/share.ts') },
  { name: 'get',    takes: 'FILE|MAGNET|URL', summary: 'fetch what a torrent names, and go on seeding it', load: () => import('./commands/get.ts') },
  { name: 'seed',   takes: 'FILE',        summary: 'seed data that is on disk already', load: () => import('./commands/seed.ts') },
  { name: 'channel', takes: 'create|publish|follow', summary: 'one link for all releases: a publisher signs, followers fetch what has changed', load: () => import('./commands/channel.ts') },
  { name: 'daemon', takes: '',           summary: 'run many torrents in one program, told what to do over HTTP', load: () => import('./commands/daemon.ts') },
  { name: 'ctl',    takes: 'COMMAND',    summary: 'tell a running daemon what to do: add, list, stop, limits, watch, …', load: () => import('./commands/ctl.ts') },
  { name: 'config', takes: 'show',       summary: 'show how the daemon is configured, and where each value comes from', load: () => import('./commands/config.ts') },
  { name: 'tracker', takes: '',          summary: 'run a tracker: peers of a torrent find each other by it', load: () => import('./commands/tracker.ts') },
  { name: 'show',   takes: 'FILE|MAGNET', summary: 'show what is in a torrent or a magnet link', load: () => import('./commands/show.ts') },
  { name: 'magnet', takes: 'FILE',        summary: 'print the magnet link of a torrent, also as a QR code', load: () => import('./commands/magnet.ts') },
  { name: 'edit',   takes: 'FILE',        summary: 'change trackers, web seeds, comment, name and more', load: () => import('./commands/edit.ts') },
  { name: 'lint',   takes: 'FILE|MAGNET', summary: 'warn of what in a torrent will hurt its swarm', load: () => import('./commands/lint.ts') },
  { name: 'verify', takes: 'FILE',        summary: 'check data on disk against a torrent', load: () => import('./commands/verify.ts') },
  { name: 'lab',    takes: 'list|run|report|watch', summary: 'watch and measure swarms, and hold them against theory', load: () => import('./commands/lab.ts') },
  { name: 'completion', takes: 'bash|zsh|fish', summary: 'print what makes a shell complete these commands', load: () => import('./commands/completion.ts') },
];
