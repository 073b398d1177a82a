import { expect, it } from 'vitest';
import { MemoryStream } from '../../../test/command-line.ts';
import { Output } from '../terminal.ts';
import { openLog } from './open-log.ts';

it.each(['text', 'json'] as const)(
  'writes a line an event, of the levels that are asked for: %s',
  async form => {
    const stream = new MemoryStream();
    const log = await openLog(new Output(stream, {}), { form, level: 'warn' });
    log.line('info', 'listening', 'It listens.');
    log.line('warn', 'warning', 'Beware.', { code: 'A' });
    log.level = 'debug';
    log.line('debug', 'torrent', 'Deep.');
    expect(log.level).toBe('debug');
    const lines = stream.text().trimEnd().split('\n');
    expect(lines).toHaveLength(2);
    if (form === 'text') {
      expect(lines[0]).toMatch(/^\d{4}-\d\d-\d\dT[\d:.]+Z warn {2}Beware\.$/);
      return;
    }
    expect(JSON.parse(lines[0]!)).toEqual({
      level: 'warn',
      time: expect.stringMatching(/^\d{4}-\d\d-\d\dT/),
      event: 'warning',
      code: 'A',
      message: 'Beware.',
    });
  },
);
