import { expect, it } from 'vitest';
import { PrometheusText } from './prometheus-text.ts';

it('writes families, labels that need escapes, and values', () => {
  const text = new PrometheusText('a_');
  text.family('b', 'gauge', 'B.');
  text.sample({ one: 'x"y\\z\n', two: '2' }, 1.5);
  text.sample({}, 2, '_sum');
  text.counter('c_total', 'C.', 3);
  text.plain('process_d', 'gauge', 'D.', 4);
  expect(text.text).toBe(
    [
      '# HELP a_b B.',
      '# TYPE a_b gauge',
      'a_b{one="x\\"y\\\\z\\n",two="2"} 1.5',
      'a_b_sum{} 2',
      '# HELP a_c_total C.',
      '# TYPE a_c_total counter',
      'a_c_total 3',
      '# HELP process_d D.',
      '# TYPE process_d gauge',
      'process_d 4',
      '',
    ].join('\n'),
  );
});
