import { expect, test } from 'vitest';
import { WebSeedNeed } from './web-seed-need.ts';

/** Asked once a second: `rates` of peers in turn; `+` where nobody else has a piece. */
function needs(enough: number, rates: string): string {
  const need = new WebSeedNeed(enough);
  return rates
    .split(' ')
    .map((rate, second) => {
      const supply = {
        peersBytesPerSecond: Number.parseInt(rate, 10),
        missingPieces: rate.endsWith('+') ? 1 : 0,
      };
      return need.isNeeded(supply, second * 1000) ? 'x' : '.';
    })
    .join('');
}

test('a piece that nobody else has is asked for at once', () => {
  expect(needs(100, '0+')).toBe('x');
  expect(needs(100, '500 500+ 500+')).toBe('.xx');
  expect(needs(0, '500 500+')).toBe('.x');
});

test('a slow swarm is helped after five seconds', () => {
  expect(needs(100, '10 10 10 10 10 10 10')).toBe('.....xx');
});

test('web seeds rest five seconds after the swarm gives enough', () => {
  expect(needs(100, '0+ 200 200 200 200 200 200 200')).toBe('xxxxxx..');
});

test('a swarm that gives nearly enough changes nothing', () => {
  expect(needs(100, '0+ 90 90 90 90 90 90 90 90')).toBe('xxxxxxxxx');
  expect(needs(100, '200 90 90 90 90 90 90 90 90')).toBe('.........');
});

test('a rate that goes up and down changes nothing', () => {
  expect(needs(100, '0+ 200 10 200 10 200 10 200 10 200')).toBe('xxxxxxxxxx');
});

test('without a limit they never rest, and with none they give only what is missing', () => {
  expect(needs(Number.POSITIVE_INFINITY, '0+ 900 900 900 900 900 900 900')).toBe('xxxxxxxx');
  expect(needs(0, '0 0 0 0 0 0 0 0')).toBe('........');
});
