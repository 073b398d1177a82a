// `swarmline channel`: torrents that are followed by later ones, all under one link (BEP 46).

import type { Command } from 'commander';
import { createCommand } from '../channel/create.ts';
import { followCommand } from '../channel/follow.ts';
import { publishCommand } from '../channel/publish.ts';
import { addExamples } from '../new-command.ts';
import { newGroup } from '../new-group.ts';
import type { Terminal } from '../terminal.ts';

export function command(terminal: Terminal): Command {
  const channel = newGroup(
    terminal,
    'channel',
    'One link for all releases of something: a publisher signs each, and followers get what has changed.',
  );
  channel
    .addCommand(createCommand(terminal).name('create'))
    .addCommand(publishCommand(terminal).name('publish'))
    .addCommand(followCommand(terminal).name('follow'));
  return addExamples(channel, terminal, [
    ['swarmline channel create data.key', 'a key; prints the link that followers need'],
    ['swarmline channel publish data.key measurements/', 'a release, seeded until Ctrl-C'],
    ["swarmline channel follow 'magnet:?xs=urn:btpk:…' -o mirror", 'this release and each that comes'],
  ]);
}
