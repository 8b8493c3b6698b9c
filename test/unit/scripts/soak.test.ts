// How npm run soak tells growth from warming up.
import { describe, expect, test } from '@jest/globals';
import { judge, slope } from '../../../scripts/soak.mjs';

const samples = (rss: (calls: number) => number, threads: (calls: number) => number = () => 13) =>
  Array.from({ length: 30 }, (_, i) => {
    const calls = i * 3000;
    return { calls, rss: rss(calls), threads: threads(calls) };
  });

describe('slope', () => {
  test('is how much y grows per x', () => {
    expect(
      slope([
        [0, 1],
        [1, 3],
        [2, 5],
      ]),
    ).toBe(2); // prettier-ignore
    expect(
      slope([
        [0, 4],
        [10, 4],
      ]),
    ).toBe(0);
    expect(slope([[7, 1]])).toBe(0);
  });
});

describe('judge', () => {
  test('lets memory be that levels off', () => {
    expect(judge(samples((calls) => 150 + 60 * Math.min(1, calls / 20_000)))).toEqual([]);
  });

  test('names memory that grows by 200 bytes a call', () => {
    expect(judge(samples((calls) => 150 + (calls * 200) / 2 ** 20))).toEqual([
      'memory grows by 19.1 MB per 100000 calls',
    ]);
  });

  test('names threads that pile up', () => {
    expect(
      judge(
        samples(
          () => 150,
          (calls) => 13 + Math.floor(calls / 10_000),
        ),
      ),
    ).toEqual(['5 threads more than at first']);
  });
});
