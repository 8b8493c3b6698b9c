// How many threads the machine, its control groups and a variable ask for.
import { describe, expect, test } from '@jest/globals';
import { type ThreadSources, threadsFrom } from '../../../lib/native/threads';

const from = (given: Partial<ThreadSources>) =>
  threadsFrom({ variable: undefined, processors: 8, quotas: [], ...given });

describe('without a variable', () => {
  test('as many as there are processors', () => {
    expect(from({})).toBe(8);
    expect(from({ processors: 1 })).toBe(1);
  });

  test.each<[string[], number]>([
    [['max 100000'], 8],
    [['150000 100000'], 2],
    [['200000 100000'], 2],
    [['200001 100000'], 3],
    [['50000 100000'], 1],
    [['1000 100000'], 1],
    [['1600000 100000'], 8],
    [['75000 25000'], 3],
    [['300000 100000\n'], 3],
    [['max 100000', '400000 100000', '250000 100000'], 3],
    [['150000 100000', 'max 100000'], 2],
  ])('no more than control groups let run, rounded up: %j is %i', (quotas, threads) => {
    expect(from({ quotas })).toBe(threads);
  });

  test.each(['', 'max', '100000', '0 100000', '-1 100000', 'x y', '100000 0', 'NaN NaN'])(
    'a quota that says nothing counts for nothing: %j',
    (quota) => {
      expect(from({ quotas: [quota] })).toBe(8);
      expect(from({ quotas: [quota, '300000 100000'] })).toBe(3);
    },
  );
});

describe('the variable', () => {
  test.each([
    ['1', 1],
    ['4', 4],
    ['64', 64],
    ['4,2', 4],
    [' 3 ', 3],
    ['100000', 1024],
  ])('wins over processors and quotas: %j is %i', (variable, threads) => {
    expect(from({ variable, processors: 2, quotas: ['100000 100000'] })).toBe(threads);
  });

  test.each(['', '0', '-2', '1.5', 'all', ',4', 'NaN', 'Infinity', '4 threads'])(
    'counts for nothing where it is no number of threads: %j',
    (variable) => {
      expect(from({ variable, quotas: ['300000 100000'] })).toBe(3);
    },
  );
});
