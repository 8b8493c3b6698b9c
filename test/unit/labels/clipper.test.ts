// Clipper 6 as pyclipper runs it: the expected polygons are pyclipper 1.4.0's, in its order, corner by corner.
import { describe, expect, test } from '@jest/globals';
import { offsetInwards } from '../../../lib/labels/clipper';
import { points } from './picture';

describe("gives pyclipper's polygons", () => {
  test.each([
    // Where clipper-lib by itself gives others. DoRound:
    [
      'of a sharp corner',
      '176,129 182,93 187,94 183,132',
      1,
      ['183,133 183,131 176,128 182,94 187,95'],
    ],
    ['across the axes', '-5,39 16,48 15,50 -6,41', 1, ['16,47 15,48 14,50 -6,42 -5,41 -4,39']],
    // InsertLocalMinima:
    [
      'of pieces that end in one row',
      '19,43 42,87 5,96 53,65 73,96',
      0,
      ['42,87 5,96 36,76', '73,96 46,70 53,65'],
    ],
    // UpdateEdgeIntoAEL: without the join a spike stays, or the whole of a sliver.
    ['of a thin word', '312,266 277,258 278,252 312,259', 1, ['311,265 277,257 278,253 312,260']],
    [
      'of an ordinary word',
      '103,161 -20,263 -29,249 92,147',
      1,
      ['-19,262 -28,248 91,148 102,162'],
    ],
    ['of a sliver that joins its left side', '4,0 3,4 3,6', 0, []],
    ['of a sliver that joins its right side', '5,0 2,4 1,5', 0, []],
    // … and where it would join what it must not.
    ['of sides that only begin in one row', '6,6 3,0 3,1', 0, []],
    ['after a level side', '5,1 4,4 1,1', 0.5, ['4,4 2,2 5,2 5,1']],
    ['beside a side that bounds nothing', '20,7 20,14 20,4 6,17 20,9', 1, ['19,9 13,12 19,7']],
    ['at a corner that bounds nothing', '4,3 4,1 6,1 5,6 4,2 1,6', 0, ['5,6 4,2 4,1 6,1']],
    // Its defaults.
    ['rounded as finely', '3,4 19,20 10,4 17,8', 2, ['10,8 10,9 9,8']],
    ['of a crossed polygon', '0,0 20,10 20,0 0,10', 1, ['8,5 1,9 1,2']],
  ])('%s', (_name, polygon, distance, expected) => {
    expect(offsetInwards(points(polygon), distance)).toEqual(expected.map(points));
  });
});

test('leaves nothing of what has no area', () => {
  expect(offsetInwards(points('5,5 5,5 9,5'), 0)).toEqual([]);
  expect(offsetInwards(points('5,5 5,5 5,5'), 3)).toEqual([]);
});

test('is no slower far away', () => {
  const far = 2 ** 20;
  const square = points(`${-far},${-far} ${far},${-far} ${far},${far} ${-far},${far}`);
  const start = performance.now();
  for (let i = 0; i < 100; i++) expect(offsetInwards(square, 20)[0]).toHaveLength(4);
  expect(performance.now() - start).toBeLessThan(2000);
});
