// `swarmline channel create`: a key, and the link to what it will sign.

import type { Command } from 'commander';
import { formatChannelLink } from '../../core/metainfo/channel-link.ts';
import { makeSigningKey } from '../../io/signing-key.ts';
import { addExamples, newCommand } from '../new-command.ts';
import { displayText } from '../output/display-text.ts';
import type { Terminal } from '../terminal.ts';
import { addSaltOption, linkParts, type SaltFlags } from './options.ts';

interface Flags extends SaltFlags {
  readonly name?: string;
  readonly json?: boolean;
}

export function createCommand(terminal: Terminal): Command {
  const create = newCommand(terminal, 'channel create', 'Make the key of a channel, and print its link.')
    .argument('<key-file>', 'where the key goes: keep it, and keep it to yourself')
    .option('-n, --name <name>', 'a name in the link, for those who see it')
    .option('--json', 'print JSON for a program');
  addSaltOption(create).action(async (path: string, flags: Flags) => {
    const { publicKey } = await makeSigningKey(path);
    const link = formatChannelLink({ ...linkParts(publicKey, flags), name: flags.name });
    if (flags.json === true) await terminal.out.line(JSON.stringify({ link, keyFile: path }));
    else {
      await terminal.out.line(link);
      await terminal.err.line(
        `${terminal.err.paint.complete('✓')} The key is in ${displayText(path)}: whoever has it can publish here, and nobody without it.`,
      );
    }
  });
  return addExamples(create, terminal, [
    ['swarmline channel create data.key --name measurements', 'the link goes to stdout'],
  ]);
}
