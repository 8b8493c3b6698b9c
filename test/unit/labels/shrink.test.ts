// Area and perimeter, and the outline moved inwards.
import { describe, expect, test } from '@jest/globals';
import type { Point } from '../../../lib/labels/rasterize';
import { measure, shrink } from '../../../lib/labels/shrink';
import { points } from './picture';

/** Corners without their order: which one comes first is Clipper's affair. */
const corners = (polygon: readonly Point[] | undefined) => polygon && [...polygon].sort(compare);
const compare = (a: Point, b: Point) => a[0] - b[0] || a[1] - b[1];

const BOX: readonly Point[] = [
  [2, 2],
  [21, 2],
  [21, 11],
  [2, 11],
];
const TRIANGLE: readonly Point[] = [
  [1, 1],
  [5, 1],
  [5, 4],
];

describe('measure', () => {
  test('takes area and perimeter of a rectangle', () => {
    expect(measure(BOX)).toEqual({ area: 19 * 9, perimeter: 2 * (19 + 9) });
  });

  test('takes the closing side of a triangle too', () => {
    // Sides 4, 3 and, from the last corner to the first, 5.
    expect(measure(TRIANGLE)).toEqual({ area: 6, perimeter: 12 });
  });

  test('does not ask in which direction the corners go', () => {
    expect(measure(TRIANGLE.toReversed())).toEqual({ area: 6, perimeter: 12 });
  });

  test('lets the lobes of a crossed polygon cancel each other', () => {
    // The sides cross in [3, 2.25]: lobes of 3 · 3 / 2 and 9 · 9 / 2.
    const crossed: readonly Point[] = points('0,0 12,9 12,0 0,3');
    expect(measure(crossed).area).toBe(36);
    const bowTie: readonly Point[] = points('0,0 4,3 4,0 0,3');
    expect(measure(bowTie)).toEqual({ area: 0, perimeter: 5 + 3 + 5 + 3 });
  });

  test('keeps fractions', () => {
    const half: readonly Point[] = points('0,0 1.5,0 1.5,2');
    expect(measure(half)).toEqual({ area: 1.5, perimeter: 1.5 + 2 + 2.5 });
  });

  test('finds no area in a line and no perimeter in a point', () => {
    const line: readonly Point[] = points('1,1 4,5 7,9');
    expect(measure(line)).toEqual({ area: 0, perimeter: 20 });
    expect(measure([line[0], line[0], line[0]] as Point[])).toEqual({ area: 0, perimeter: 0 });
  });
});

describe('shrink', () => {
  test('moves every side of a rectangle inwards', () => {
    expect(corners(shrink(BOX, 1))).toEqual(points('3,3 3,10 20,3 20,10'));
  });

  test('does not ask in which direction the corners go', () => {
    expect(corners(shrink(BOX.toReversed(), 3))).toEqual(corners(shrink(BOX, 3)));
    expect(corners(shrink(BOX, 3))).toEqual(points('5,5 5,8 18,5 18,8'));
  });

  test('rounds corners to whole pixels', () => {
    // 2 + 1.56 = 3.56, 21 − 1.56 = 19.44, 11 − 1.56 = 9.44
    expect(corners(shrink(BOX, 1.56))).toEqual(points('4,4 4,9 19,4 19,9'));
  });

  test('gives the polygon itself at distance 0', () => {
    expect(corners(shrink(BOX, 0))).toEqual(corners(BOX));
  });

  test('leaves nothing of what is too thin', () => {
    // Of 9 pixels, 4.4 on either side leave rows 6 and 7 (6.4 and 6.6), 4.5 leave none.
    expect(corners(shrink(BOX, 4.4))).toHaveLength(4);
    expect(shrink(BOX, 4.5)).toBeUndefined();
    expect(shrink(BOX, 400)).toBeUndefined();
  });

  test('leaves nothing of a line or a point, even at distance 0', () => {
    const line: readonly Point[] = points('5,5 9,5 7,5');
    expect(shrink(line, 0)).toBeUndefined();
    expect(shrink([line[0], line[0], line[0]] as Point[], 0)).toBeUndefined();
  });

  test('keeps one of the pieces into which a polygon falls', () => {
    // Two legs 10 pixels wide under a bar of 4, which vanishes at distance 3; pyclipper's first piece is the right leg.
    const legs: readonly Point[] = points('0,0 30,0 30,30 20,30 20,4 10,4 10,30 0,30');
    expect(corners(shrink(legs, 3))).toEqual(points('22,3 23,4 23,27 27,3 27,27'));
  });

  test('keeps the lobe of a crossed polygon that turns as the whole does', () => {
    // The sides cross in [6, 6], the right lobe is the larger one. Its slanted sides move by [√2, −√2] and [√2, √2], of
    // which Clipper takes whole pixels: they become y = x − 2 and y = 14 − x.
    const crossed: readonly Point[] = points('0,0 24,24 24,-12 0,12');
    expect(corners(shrink(crossed, 2))).toEqual(points('8,6 22,-8 22,20'));
  });

  test('leaves its argument as it is', () => {
    const polygon = BOX.map(([x, y]) => Object.freeze([x, y] as const));
    shrink(Object.freeze(polygon), 2);
    expect(polygon).toEqual(BOX);
  });
});
