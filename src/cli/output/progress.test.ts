import { describe, expect, it } from 'vitest';
import { MemoryStream } from '../../../test/command-line.ts';
import { Output } from '../terminal.ts';
import { widthOf } from './display-text.ts';
import { plainPaint } from './paint.ts';
import { createProgress, drawBar, drawProgress } from './progress.ts';
import { RateMeter } from './rate-meter.ts';

const GIB = 1024 ** 3;

describe('the progress line', () => {
  const picture = {
    label: 'Hashing',
    total: 5.8 * GIB,
    rate: 84.1 * 1024 ** 2,
    columns: 100,
    paint: plainPaint,
  };

  it('tells share, amount, rate and time left', () => {
    expect(drawProgress({ ...picture, done: 3.6 * GIB })).toMatchInlineSnapshot(
      `"  Hashing   ▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▁▁▁▁▁▁▁▁▁▁   62.0 %      3.6 of 5.8 GiB   84.1 MiB/s   27 s left"`,
    );
    expect(drawProgress({ ...picture, done: 0, rate: undefined })).toMatchInlineSnapshot(
      `"  Hashing   ▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁    0.0 %      0 B of 5.8 GiB            —   — left"`,
    );
    expect(drawProgress({ ...picture, done: 5.8 * GIB })).toMatchInlineSnapshot(
      `"  Hashing   ▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇    100 %             5.8 GiB   84.1 MiB/s"`,
    );
  });

  it('tells rate and time left on a terminal of 80 columns, and the time alone on a narrower one', () => {
    const at = (columns: number) => drawProgress({ ...picture, label: 'Checking', done: 3.6 * GIB, columns });
    expect([80, 60, 40].map(at)).toMatchInlineSnapshot(`
      [
        "  Checking   ▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▄▁▁▁▁▁▁▁▁▁   62.0 %   84.1 MiB/s   27 s left",
        "  Checking   ▇▇▇▇▇▇▇▇▇▇▇▂▁▁▁▁▁▁   62.0 %   27 s left",
        "  Checking   ▇▇▇▇▇▇▇▇▇▇▄▁▁▁▁▁▁   62.0 %",
      ]
    `);
  });

  it('keeps within the terminal, however narrow', () => {
    for (let columns = 10; columns < 140; columns++) {
      for (const label of ['Hashing', 'A label that is rather long for such a line']) {
        const line = drawProgress({ ...picture, label, done: 2 * GIB, columns });
        expect(widthOf(line), `${columns}: ${line}`).toBeLessThan(columns);
      }
    }
  });

  it('keeps its width while it grows', () => {
    const widths = Array.from({ length: 100 }, (_, i) => widthOf(drawBar(i / 99, 17, plainPaint)));
    expect(new Set(widths)).toEqual(new Set([17]));
    expect([0, 0.5, 0.55, 1].map(share => drawBar(share, 10, plainPaint))).toMatchInlineSnapshot(`
      [
        "▁▁▁▁▁▁▁▁▁▁",
        "▇▇▇▇▇▁▁▁▁▁",
        "▇▇▇▇▇▄▁▁▁▁",
        "▇▇▇▇▇▇▇▇▇▇",
      ]
    `);
  });

  it('is drawn at most ten times a second, and leaves one line', () => {
    const memory = new MemoryStream(80);
    let now = 0;
    const progress = createProgress({
      total: 1000,
      label: 'Hashing',
      stream: new Output(memory, {}),
      now: () => now,
    });
    for (; now < 1000; now += 5) progress.update(now);
    progress.finish('Done.');
    const text = memory.text();
    expect(text.split('\r').length - 2).toBe(10);
    expect(text.startsWith('\u001b[?25l')).toBe(true);
    expect(text.endsWith('\r\u001b[K\u001b[?25hDone.\n')).toBe(true);
    expect(process.listenerCount('SIGINT')).toBe(0);
  });

  it('is absent where lines cannot be redrawn', () => {
    for (const [memory, env] of [
      [new MemoryStream(), {}] as const,
      [new MemoryStream(80), { TERM: 'dumb' }] as const,
    ]) {
      const progress = createProgress({ total: 10, label: 'Hashing', stream: new Output(memory, env) });
      progress.update(5);
      progress.finish('Done.');
      expect(memory.text()).toBe('Done.\n');
    }
  });
});

describe('the rate', () => {
  it('is of the last five seconds', () => {
    const meter = new RateMeter();
    let done = 0;
    let now = 0;
    const run = (ms: number, perMs: number) => {
      for (const end = now + ms; now < end; now += 50, done += 50 * perMs) meter.note(done, now);
    };
    expect(meter.ratePerSecond(0, 0)).toBeUndefined();
    run(10_000, 1);
    expect(meter.ratePerSecond(done, now)).toBeCloseTo(1000, 0);
    run(10_000, 3);
    expect(meter.ratePerSecond(done, now)).toBeCloseTo(3000, 0);
    run(2_500, 0);
    expect(meter.ratePerSecond(done, now)).toBeGreaterThan(1000);
    run(5_000, 0);
    expect(meter.ratePerSecond(done, now)).toBe(0);
  });
});
