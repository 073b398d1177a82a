import { expect, test } from 'vitest';
import { Output } from '../terminal.ts';
import { Log } from './log.ts';

function logOf(options: ConstructorParameters<typeof Log>[1], isTTY = false) {
  let written = '';
  const stream = {
    isTTY,
    write: (data: string | Uint8Array, done: () => void) => {
      written += data;
      done();
    },
    on: () => {},
  };
  const log = new Log(new Output(stream, { NO_COLOR: '1' }), options, () => new Date(0));
  return { log, read: () => written };
}

test('a line for people has the time, the level and a sentence, and cannot steer a terminal', () => {
  const { log, read } = logOf({});
  log.line('warn', 'list', 'Line\n1 of "\u001b[2J" is none.');
  expect(read()).toBe('1970-01-01T00:00:00.000Z warn  Line\\u{a}1 of "\\u{1b}[2J" is none.\n');
});

test('a terminal needs no time', () => {
  const { log, read } = logOf({}, true);
  log.line('info', 'reloaded', 'Everything is read anew.');
  expect(read()).toBe('· Everything is read anew.\n');
});

test('a line for a program is one JSON object', () => {
  const { log, read } = logOf({ form: 'json' });
  log.line('info', 'listening', 'It listens.', { port: 6969 });
  expect(JSON.parse(read())).toEqual({
    time: '1970-01-01T00:00:00.000Z',
    level: 'info',
    event: 'listening',
    message: 'It listens.',
    port: 6969,
  });
});

test('levels leave out what is less', () => {
  const { log, read } = logOf({ level: 'warn' });
  log.line('info', 'a', 'a');
  log.line('warn', 'b', 'b');
  log.line('error', 'c', 'c');
  expect(read().match(/[abc]\n/g)).toEqual(['b\n', 'c\n']);
});
