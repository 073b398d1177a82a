import { describe, expect, it } from 'vitest';
import { concatBytes } from '../bytes/bytes.ts';
import { fromHex } from '../bytes/hex.ts';
import { encodeDnsQuestion, parseDnsAnswer } from './packet.ts';

const QUESTION = { id: 0x1234, name: 'tracker.example.org', family: 4 } as const;
const NAME = '07747261636b6572076578616d706c65036f726700';

/** An answer to that question, of such records. */
function answer(flags: string, records: readonly string[], { id = '1234', name = NAME, type = '0001' } = {}) {
  const count = records.length.toString(16).padStart(4, '0');
  return fromHex(`${id}${flags}0001${count}00000000${name}${type}0001${records.join('')}`)!;
}

const record = (type: string, data: string, owner = 'c00c') =>
  `${owner}${type}00010000003c${(data.length / 2).toString(16).padStart(4, '0')}${data}`;

describe('a question to a name server', () => {
  it('is as RFC 1035 has it', () => {
    const asked = encodeDnsQuestion(QUESTION);
    expect(asked).toEqual(fromHex(`12340100000100000000 0000 ${NAME} 0001 0001`.replaceAll(' ', '')));
    expect(encodeDnsQuestion({ ...QUESTION, name: 'tracker.example.org.', family: 6 })?.at(-3)).toBe(28);
  });

  it('is not asked for what can be no host', () => {
    for (const name of ['', '.', 'a..b', 'ä.org', 'a b', `${'a'.repeat(64)}.org`, 'a.'.repeat(130)])
      expect(encodeDnsQuestion({ ...QUESTION, name }), name).toBeUndefined();
  });
});

describe('its answer', () => {
  it('has the addresses, behind the names that lead on', () => {
    const alias = record('0005', '036e6f77c014');
    const bytes = answer('8180', [
      alias,
      record('0001', '14000001', 'c031'),
      record('0001', '14000002', 'c031'),
    ]);
    expect(parseDnsAnswer(bytes, QUESTION)).toEqual({ kind: 'addresses', hosts: ['20.0.0.1', '20.0.0.2'] });
    const v6 = { ...QUESTION, family: 6 } as const;
    const bytes6 = answer('8180', [record('001c', '20010db8000000000000000000000001')], { type: '001c' });
    expect(parseDnsAnswer(bytes6, v6)).toEqual({ kind: 'addresses', hosts: ['2001:db8::1'] });
  });

  it('says that there is none, or that the server cannot say', () => {
    expect(parseDnsAnswer(answer('8183', []), QUESTION)?.kind).toBe('none');
    expect(parseDnsAnswer(answer('8180', []), QUESTION)?.kind).toBe('none');
    expect(parseDnsAnswer(answer('8182', []), QUESTION)?.kind).toBe('fault');
  });

  it('is believed of the question alone that was asked', () => {
    const good = [record('0001', '14000001')];
    expect(parseDnsAnswer(answer('8180', good, { id: '1235' }), QUESTION)).toBeUndefined();
    expect(parseDnsAnswer(answer('0180', good), QUESTION)).toBeUndefined();
    expect(parseDnsAnswer(answer('8180', good, { type: '001c' }), QUESTION)).toBeUndefined();
    const other = NAME.replace('07747261', '07747262');
    expect(parseDnsAnswer(answer('8180', good, { name: other }), QUESTION)).toBeUndefined();
    const loud = NAME.replace('07747261', '07545241');
    expect(parseDnsAnswer(answer('8180', good, { name: loud }), QUESTION)?.hosts).toEqual(['20.0.0.1']);
  });

  it('that breaks off is none, unless it says that it does', () => {
    const records = [record('0001', '14000001'), record('0001', '14000002')];
    const whole = answer('8180', records);
    for (let length = 0; length < whole.length; length++)
      expect(parseDnsAnswer(whole.subarray(0, length), QUESTION), `${length}`).toBeUndefined();
    const cut = answer('8380', records).subarray(0, whole.length - 5);
    expect(parseDnsAnswer(concatBytes([cut]), QUESTION)?.hosts).toEqual(['20.0.0.1']);
  });
});
